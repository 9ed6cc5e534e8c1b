"""Runs llama.cpp, and if asked transformers, on a GGUF file in turns with this library, and prints the ratios.

    python3 compare.py model.gguf --weights INT8,FLOAT32 --turns 3
    python3 compare.py model.gguf --transformers /path/to/venv/bin/python      # with transformers, torch and gguf

Needs Python 3.9, a C++ compiler and, the first time, the Python package registry: llama.cpp comes as source in the package
llama-cpp-python and is built for this processor into --folder, which takes a quarter of an hour on two cores. All three use
the same number of threads, and random tokens; llama.cpp has its defaults otherwise (flash attention, float16 cache).
A turn is one run of each; a figure is the median of the turns, a ratio the median of the turns' ratios.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tarfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[2]
LLAMA_PACKAGE = "llama-cpp-python==0.3.36"

# GCC 12 and 13 take the configuration of AMX's tiles for written in vain, and leave it out: a SIGSEGV at the first product.
BUILD_FLAGS = "-fno-tree-dse -fno-dse"


def run(command, **options):
    return subprocess.run([str(part) for part in command], check=True, text=True, **options)


def build_llama(folder):
    """The path of llama-bench, built if it is not there."""
    program = folder / "build" / "bin" / "llama-bench"
    if program.exists():
        return program
    print(
        f"Building llama.cpp's benchmark in {folder}: the first run only, some 15 minutes; needs a C++ compiler",
        file=sys.stderr,
        flush=True,
    )
    folder.mkdir(parents=True, exist_ok=True)
    environment = folder / "environment"
    run([sys.executable, "-m", "venv", environment])
    pip = [environment / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--quiet"]
    run(pip + ["install", "scikit-build-core", "cmake", "ninja"])
    run(
        pip
        + ["download", "--no-deps", "--no-binary", ":all:", "--no-build-isolation", "--dest", folder, LLAMA_PACKAGE],
        env={**os.environ, "PATH": f"{environment / 'bin'}:{os.environ['PATH']}"},
    )
    with tarfile.open(next(folder.glob("llama_cpp_python-*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    source = next(folder.glob("llama_cpp_python-*/vendor/llama.cpp"))
    cmake = environment / "bin" / "cmake"
    options = ["CMAKE_BUILD_TYPE=Release", "GGML_NATIVE=ON", "BUILD_SHARED_LIBS=OFF", f"CMAKE_CXX_FLAGS={BUILD_FLAGS}"]
    options += [f"LLAMA_BUILD_{part}=OFF" for part in ("TESTS", "EXAMPLES", "SERVER")] + ["LLAMA_CURL=OFF"]
    ninja = f"-DCMAKE_MAKE_PROGRAM={environment / 'bin' / 'ninja'}"
    run([cmake, "-S", source, "-B", folder / "build", "-G", "Ninja", ninja] + ["-D" + option for option in options])
    run([cmake, "--build", folder / "build", "--target", "llama-bench"])
    return program


class Llama:
    name = "llama.cpp"

    def __init__(self, arguments):
        self.arguments = arguments
        self.program = build_llama(arguments.folder)

    def bench(self, *options):
        command = self.arguments.prefix + [self.program, "-m", self.arguments.model, "-t", self.arguments.threads, "-r", 1]
        result = run(command + ["-o", "json", *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return json.loads(result.stdout)[0]["avg_ts"]

    def turn(self):
        figures = {}
        for context in self.arguments.contexts:
            figures["prefill", context] = self.bench("-p", context, "-n", 0)
            figures["decoding", context] = self.bench("-p", 0, "-n", self.arguments.decoded, "-d", context)
        start = time.monotonic()
        process = subprocess.Popen(
            [str(part) for part in self.arguments.prefix]
            + [self.program, "-m", self.arguments.model, "-t", str(self.arguments.threads), "-r", "1", "--no-warmup"]
            + ["-p", "0", "-n", "0", "-pg", f"{self.arguments.cold_start},1"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"llama-bench ended with {process.returncode}")
        figures["cold start", ""] = time.monotonic() - start
        figures["memory", ""] = usage.ru_maxrss * 1024 / 1e6
        return {self.name: figures}


class Ours:
    def __init__(self, arguments):
        self.arguments = arguments
        self.out = arguments.folder / "ours.json"

    def turn(self):
        arguments = self.arguments
        options = f"real --model={arguments.model} --device=cpu --weights={','.join(arguments.weights)}"
        options += f" --context={','.join(map(str, arguments.contexts))} --tokens=2 --repetitions={arguments.decoded}"
        options += f" --cold-start={arguments.cold_start} --cold-starts=1 --out={self.out}"
        command = [REPOSITORY / "mvnw", "-q", "-B", "-ntp", "-Pbenchmarks", "-pl", ":benchmarks", "-am"]
        command += [f"-Dsample.arguments={options}"]
        run(arguments.prefix + command, cwd=REPOSITORY, stdout=subprocess.DEVNULL)
        return {f"ours, {each['passes']['weights']}": self.figures(each) for each in json.loads(self.out.read_text())["real"]}

    @staticmethod
    def figures(each):
        figures = {("prefill", part["context"]): part["context"] / part["seconds"] for part in each["passes"]["prefills"]}
        for part in each["passes"]["passes"]:
            if part["tokens"] == 1:
                figures["decoding", part["context"]] = 1 / part["seconds"]["median"]
        figures["cold start", ""] = each["coldStarts"][0]["seconds"]
        figures["memory", ""] = each["coldStarts"][0]["mostResidentBytes"] / 1e6
        return figures


class Transformers:
    def __init__(self, arguments):
        self.arguments = arguments

    def turn(self):
        results = {}
        for dtype in "float32", "bfloat16":
            command = [self.arguments.transformers, HERE / "transformers_benchmark.py", self.arguments.model, dtype]
            command += [self.arguments.threads, self.arguments.decoded] + self.arguments.contexts
            result = run(self.arguments.prefix + command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            results[f"transformers, {dtype}"] = {
                (what, context): value for what, context, value in json.loads(result.stdout)
            }
        return results


UNITS = {"prefill": "tokens/s", "decoding": "tokens/s", "cold start": "s to the first token", "memory": "MB resident at most"}


def table(turns):
    names = list(turns[0])
    others = [name for name in names if name != Llama.name]
    print("| | tokens | " + " | ".join(names + [f"{name} / llama.cpp" for name in others]) + " |")
    print("|---" * (2 + len(names) + len(others)) + "|")
    for what, context in turns[0][Llama.name]:
        values = {name: [turn[name].get((what, context)) for turn in turns] for name in names}
        ratios = [
            statistics.median(a / b for a, b in zip(values[name], values[Llama.name])) if values[name][0] else None
            for name in others
        ]
        digits = 2 if what == "cold start" else 0 if what in ("memory", "prefill") else 1
        cells = [f"{statistics.median(values[name]):,.{digits}f}" if values[name][0] else "" for name in names]
        cells += [f"{ratio:.2f}" if ratio else "" for ratio in ratios]
        print(f"| {what}, {UNITS[what]} | {context and format(context, ',')} | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    numbers = lambda text: [int(part) for part in text.split(",")]
    parser.add_argument("model", type=lambda path: Path(path).resolve(strict=True), help="a GGUF file")
    parser.add_argument("--weights", type=lambda text: text.split(","), default=["INT8"], help="our formats")
    parser.add_argument("--contexts", type=numbers, default=[512, 2048, 4096], help="tokens")
    parser.add_argument("--decoded", type=int, default=16, help="tokens decoded behind each")
    parser.add_argument("--cold-start", type=int, default=500, help="tokens of the prompt of a cold start")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of llama.cpp and transformers; ours: all cores")
    parser.add_argument("--folder", type=lambda path: Path(path).resolve(), default=Path.home() / ".cache/rapid-peers")
    parser.add_argument("--transformers", help="a Python with transformers, torch and gguf")
    parser.add_argument("--prefix", type=str.split, default=[], help="before every command, as 'chrt -r 20'")
    arguments = parser.parse_args()
    peers = [Llama(arguments), Ours(arguments)] + ([Transformers(arguments)] if arguments.transformers else [])
    turns = []
    for i in range(arguments.turns):
        print(f"Turn {i + 1} of {arguments.turns}", file=sys.stderr)
        turns.append({name: figures for peer in peers for name, figures in peer.turn().items()})
        table(turns)
        print(flush=True)


if __name__ == "__main__":
    main()
