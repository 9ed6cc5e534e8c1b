"""What check.sh runs: sections, each a module of this folder, those that need the same weights in one process.

A process that dies or outlasts its time takes its sections with it, and no other; what it has seen stays.
"""

import argparse
import functools
import importlib
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from formats import rounded_weights
from measure import Report
from program import PRECISIONS, Decoder, load, random_weights, read_shape

HERE = Path(__file__).resolve().parent
# sections that are run in one process, and most seconds of it; in the order of what matters most
GROUPS = [
    (["comparisons"], 60),
    (["passes", "loop", "launches"], 210),
    (["bundled", "shards"], 45),
    (["beside_transformers"], 110),
    (["products"], 40),
    (["java"], 240),
]
SECTIONS = [section for sections, _ in GROUPS for section in sections]


class Session:
    """What sections have in common."""

    def __init__(self, options):
        self.programs, self.out, self.bundled = options.programs, options.out, options.bundled
        self.device = torch.device(options.device)
        self.rehearsal = self.device.type == "cpu"
        self.precision = "float32" if self.rehearsal else "bfloat16"
        self.chunk = 512 if self.rehearsal else 2048
        self.contexts = [200, 600] if self.rehearsal else [8_192, 32_768, 122_880]
        self.large_shape = "tiny" if self.rehearsal else "llama-3.1-8b"
        self.small_shape = "tiny" if self.rehearsal else "llama-3.2-1b"
        self.passages = 128 if self.rehearsal else 4_096
        self.repetitions = 2 if self.rehearsal else 7
        self.loop_seconds = 0.02 if self.rehearsal else 0.8
        self.generated = 40 if self.rehearsal else 64
        self.questions = 1 if self.rehearsal else 3

    @functools.cached_property
    def program(self):
        return load(self.programs / "decoder.pt")

    @functools.cached_property
    def rounding(self):
        return torch.jit.load(str(self.programs / "weights.pt"))

    def shape(self, name):
        return read_shape(self.programs, name)

    @functools.lru_cache(maxsize=1)
    def long_context(self):
        """The large shape, and a cache for the longest context and an answer behind it."""
        shape = self.shape(self.large_shape)
        decoder = Decoder(self.program, shape, random_weights(shape, self.device, PRECISIONS[self.precision]), self.chunk)
        return decoder, decoder.new_cache(self.contexts[-1] + 2_048)

    def rounded(self, name, format):
        """The same random weights in fewer bits."""
        shape = self.shape(name)
        weights = rounded_weights(self.rounding, random_weights(shape, self.device, torch.bfloat16), format)
        return Decoder(self.program, shape, weights, self.chunk)

    def forget(self):
        self.long_context.cache_clear()
        if not self.rehearsal:
            torch.cuda.empty_cache()


def run_here(options):
    if options.device == "cpu":
        # the operators are small, and what else runs here would make threads wait for each other
        torch.set_num_threads(1)
    session = Session(options)
    end = time.monotonic() + options.seconds
    for section in options.sections:
        report = Report(section, options.work / f"{section}.json", end - time.monotonic())
        with torch.inference_mode(), torch.jit.optimized_execution(False):
            report.attempt(section, lambda: importlib.import_module(section).run(report, session), seconds=1)


def rows_of(work, sections):
    files = [work / f"{section}.json" for section in sections]
    return [row for file in files if file.is_file() for row in json.loads(file.read_text())]


def run_group(options, sections, seconds, write):
    """-> why it ended before its end, if it did."""
    command = [sys.executable, "-W", "ignore", __file__, str(options.programs), "--here", f"--work={options.work}",
               f"--device={options.device}", f"--seconds={seconds - 2:.0f}", f"--out={options.out}",
               f"--bundled={options.bundled}", "--sections", *sections]
    end = time.monotonic() + seconds + 8
    process = subprocess.Popen(command)
    while time.monotonic() < end:
        try:
            status = process.wait(timeout=2)
            return "" if status == 0 else f"the process ended with {status}"
        except subprocess.TimeoutExpired:
            write()
    process.kill()
    process.wait()
    return f"ended after {seconds:.0f} s"


def run_groups(options):
    """-> what was seen, which is written every few seconds, too."""
    end = time.monotonic() + options.seconds
    ended = []

    def result():
        return described(options, rows_of(options.work, SECTIONS) + ended)

    def write():
        part = options.out / "check.json.part"
        part.write_text(json.dumps(result(), indent=2))
        part.replace(options.out / "check.json")

    for sections, most in GROUPS:
        chosen = [section for section in sections if section in options.sections]
        left = min(most, end - time.monotonic())
        if not chosen:
            continue
        why = run_group(options, chosen, left, write) if left > 5 else "skipped: the time is over"
        if why:
            verdict = "FAILED" if why.startswith("the process") else ""
            ended.append({"section": ", ".join(chosen), "case": "all of it", "result": why, "verdict": verdict})
        write()
    return result()


def described(options, rows):
    cuda = options.device != "cpu"
    name = torch.cuda.get_device_name() if cuda and torch.cuda.is_available() else f"cpu, {torch.get_num_threads()} threads"
    return {"device": name, "torch": torch.__version__, "rows": rows}


def print_table(result):
    print(f"\n{result['device']}, PyTorch {result['torch']}\n\n| section | case | result | |\n|---|---|---|---|")
    for row in result["rows"]:
        print(f"| {row['section']} | {row['case']} | {row['result']} | {row['verdict']} |")


def bundled_model():
    """From this folder, or from where pack.sh copies it to, in the checkout."""
    model = Path("lighthouse-model/src/main/resources/dev/rapid4j/samples/lighthouse/lighthouse")
    places = [HERE.parents[1] / model, HERE.parents[1] / "samples" / model]
    return next((place for place in places if place.is_dir()), places[-1])


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=Path, help="the folder that write-programs has written")
    parser.add_argument("--device", default="cuda", help="cuda, cuda:N or cpu, which is a rehearsal with small shapes (default: cuda)")
    parser.add_argument("--seconds", type=float, default=480, help="end after so long with what was seen (default: 480)")
    parser.add_argument("--sections", nargs="+", choices=SECTIONS, default=SECTIONS, metavar="SECTION",
                        help="some of: " + ", ".join(SECTIONS) + " (default: all)")
    parser.add_argument("--out", type=Path, default=Path("check"), help="the folder for check.json and java.log (default: check)")
    parser.add_argument("--bundled", type=Path, default=bundled_model(), help="the folder of the bundled model (default: the checkout's)")
    parser.add_argument("--here", action="store_true", help="all in this process, without the table")
    parser.add_argument("--work", type=Path, help="the folder for the rows of sections, of --here")
    options = parser.parse_args()
    if not (options.programs / "decoder.pt").is_file():
        parser.error(f"there is no decoder.pt in {options.programs}: let write-programs write it")
    if not re.fullmatch(r"cpu|cuda(:\d{1,2})?", options.device):
        parser.error("--device must be cuda, cuda:N or cpu")
    if options.device != "cpu" and not torch.cuda.is_available():
        parser.error(f"PyTorch {torch.__version__} sees no CUDA device; --device=cpu rehearses with small shapes")
    return options


def main():
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.here:
        run_here(options)
        return 0
    with tempfile.TemporaryDirectory() as work:
        options.work = Path(work)
        result = run_groups(options)
    print_table(result)
    print(f"\nWritten to {(options.out / 'check.json').resolve()}")
    return 1 if any(row["verdict"] == "FAILED" for row in result["rows"]) else 0


if __name__ == "__main__":
    sys.exit(main())
