"""Times, and the rows of a report: printed and written as they come, so that what was seen stays when the rest does not come."""

import json
import statistics
import time
import traceback

import torch


def synchronise(device):
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def timed(call, device):
    synchronise(device)
    start = time.perf_counter()
    call()
    synchronise(device)
    return time.perf_counter() - start


def spread(values):
    return {"minimum": min(values), "median": statistics.median(values), "maximum": max(values)}


def text(values, number):
    return "{median:{0}} ({minimum:{0}} to {maximum:{0}})".format(number, **values)


def milliseconds(seconds):
    return text({name: 1e3 * value for name, value in seconds.items()}, ".2f") + " ms"


def read_bandwidth(numbers):
    """Bytes a second at which these are read, the best of three."""
    return numbers.nbytes / min(timed(numbers.sum, numbers.device) for _ in range(3))


class Skipped(Exception):
    """What cannot be done here is a row, and no failure."""


class Report:
    """The rows of one section, and how long it may go on."""

    def __init__(self, section, file, seconds):
        self.section, self.file = section, file
        self.end = time.monotonic() + seconds
        self.rows = []

    def left(self):
        return self.end - time.monotonic()

    def add(self, case, result, passed=None, **figures):
        verdict = {True: "passed", False: "FAILED", None: ""}[passed]
        self.rows.append({"section": self.section, "case": case, "result": result, "verdict": verdict, **figures})
        print(f"[{self.section}] {case}: {result} {verdict}".rstrip(), flush=True)
        part = self.file.with_suffix(".part")
        part.write_text(json.dumps(self.rows, indent=2))
        part.replace(self.file)

    def attempt(self, case, call, seconds=0.0):
        """Does one part unless it will not end in time; what goes wrong is a row, and the others go on."""
        if self.left() < seconds:
            self.add(case, f"skipped: {self.left():.0f} s left of the time, some {seconds:.0f} needed")
            return None
        try:
            return call()
        except Skipped as e:
            self.add(case, f"skipped: {e}")
        except Exception as e:
            traceback.print_exc()
            # libtorch's own words stand behind the lines of the program that led to them
            self.add(case, f"{type(e).__name__}: {str(e).strip()[-300:]}".replace("\n", " "), False)
            return None
