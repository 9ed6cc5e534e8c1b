"""Checks and times the decoder's program with Python's PyTorch, for machines with a GPU and without Java.

    ./mvnw -q -Pbenchmarks -Dsample.arguments="write-programs /tmp/programs"      # where there is Java
    python gpu_benchmark.py /tmp/programs                                         # where there is a GPU; PyTorch 2.7.1
    python gpu_benchmark.py /tmp/programs --device cpu --shape tiny --precision float32 --contexts 256 1024

First it compares, in the small shape `tiny`, the program's results on the device with those on the CPU in float32. Then it
times prefill, a decode step and verifications with random weights behind growing contexts, in turns, together with the
device's read bandwidth. A table goes to the console, a JSON file to `--out`. The exit status is 1 if the check fails.
"""

import argparse
import json
import re
import statistics
import sys
import time
from pathlib import Path

import torch

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
DTYPE_CODES = {torch.float16: 5, torch.float32: 6, torch.bfloat16: 15}

# Largest difference of a logit, in standard deviations of the logits. In float32 what differs is the order of sums, in the
# half precisions the rounding of activations: 2 ** -8 relative in bfloat16, 2 ** -11 in float16, over a few layers.
TOLERANCES = {"float32": 1e-4, "bfloat16": 1e-1, "float16": 2e-2}

CHECKED_TOKENS = 300
ROUNDS, DRAFT_LENGTH, DROPPED = 6, 8, 3
# temperature, top-p, top-k, frequency and presence penalty
GREEDY = (0.0, 1.0, 0, 0.0, 0.0)
SAMPLING = (0.8, 0.95, 200, 0.1, 0.1)


class Model:
    """The program's class of this name, as an object of which Python gets what `assemble` returns."""


class Cache:
    """The same for `new_cache`."""


def load(path):
    """The program as torch.jit.load reads it, but among the classes of Python's own scripts, so that these are found there."""
    torch.jit._state._name_to_pyclass.update({"__torch__.Model": Model, "__torch__.Cache": Cache})
    return torch.jit._recursive.wrap_cpp_module(
        torch._C.import_ir_module(torch.jit._state._python_cu, str(path), None, {}, False)
    )


class Decoder:
    """The program with random weights in a shape, as Java's LanguageModel holds it."""

    def __init__(self, program, shape, weights, chunk):
        self.program = program
        self.vocabulary = shape["vocab_size"]
        self.context_length = shape["max_position_embeddings"]
        self.chunk = chunk
        self.layers, self.kv_heads, self.d = (
            shape[name] for name in ("num_hidden_layers", "num_key_value_heads", "head_dim")
        )
        self.weights = weights
        embedding = weights["embedding"]
        self.device, self.dtype = embedding.device, embedding.dtype
        self.dtype_code = DTYPE_CODES[self.dtype]
        frequencies = [shape["rope_theta"] ** (-2 * i / self.d) for i in range(self.d // 2)]
        parts = max(1, torch.get_num_threads() // self.kv_heads) if self.device.type == "cpu" else 1
        self.model = program.assemble(
            program.weights(dict(weights), {}, False),
            program.network(
                program.attention(shape["num_attention_heads"], self.kv_heads, self.d, parts, self.d**-0.5, 0.0),
                program.feed_forward(shape["intermediate_size"], "silu"),
                program.norms(False, False, shape["rms_norm_eps"], False),
                program.multipliers(1.0, 1.0, 1.0, 0.0),
                [0] * self.layers,
                [0] * self.layers,
            ),
            program.rotaries(frequencies, [len(frequencies)], [1.0]),
            [0],
            str(self.device),
        )

    def new_cache(self, capacity):
        return self.program.new_cache(self.model, capacity, capacity, self.dtype_code)

    def prefill(self, cache, past, ids):
        """Reads tokens into the cache; yields (tokens, seconds) of every chunk."""
        for start in range(0, len(ids), self.chunk):
            part = ids[start : start + self.chunk]
            reading = self.program.reading(cache, past + start, 0, part)
            seconds = timed(lambda: self.program.prefill(self.model, reading), self.device)
            yield len(part), seconds

    def logits(self, cache, past, ids):
        flat = self.program.logits(self.model, self.program.reading(cache, past, 0, ids), [len(ids)])
        return torch.tensor(flat).view(len(ids), self.vocabulary)

    def sampling(self, values):
        return self.program.sampling(*values, self.vocabulary)

    def step(self, cache, past, ids):
        """One pending token and the others drafted, verified greedily."""
        draft = self.program.draft_of(ids[1:])
        verification = self.program.verification(self.sampling(GREEDY), draft, 0.0, 0.0, [], [0.0] * len(ids))
        return self.program.verify(self.model, self.program.reading(cache, past, 0, ids), verification)

    def weight_bytes(self):
        """What a pass reads: of an embedding table that is no head only a few rows."""
        read = sum(weight.nbytes for weight in self.weights.values())
        return read - (self.weights["embedding"].nbytes if "head.weight" in self.weights else 0)

    def cache_bytes(self, tokens):
        return 2 * self.layers * self.kv_heads * self.d * self.dtype.itemsize * tokens


def weight_sizes(shape):
    """Sizes of the weights by the names that decoder.py gives them."""
    hidden, intermediate, d = shape["hidden_size"], shape["intermediate_size"], shape["head_dim"]
    queries, keys = shape["num_attention_heads"] * d, shape["num_key_value_heads"] * d
    table = [shape["vocab_size"], hidden]
    sizes = {"embedding": table, "norm": [hidden]}
    if not shape["tie_word_embeddings"]:
        sizes["head.weight"] = table
    for i in range(shape["num_hidden_layers"]):
        layer = f"layers.{i}."
        sizes[layer + "input_norm"] = [hidden]
        for name, rows in ("query", queries), ("key", keys), ("value", keys):
            sizes[f"{layer}{name}.weight"] = [rows, hidden]
            if shape["model_type"] == "qwen2":
                sizes[f"{layer}{name}.bias"] = [rows]
        sizes[layer + "output.weight"] = [hidden, queries]
        sizes[layer + "feed_forward_norm"] = [hidden]
        sizes[layer + "gate.weight"] = sizes[layer + "up.weight"] = [intermediate, hidden]
        sizes[layer + "down.weight"] = [hidden, intermediate]
    return sizes


def random_weights(shape, device, dtype):
    torch.manual_seed(1)
    weights = {}
    for name, size in weight_sizes(shape).items():
        weight = torch.empty(size, device=device, dtype=dtype)
        weights[name] = weight.fill_(1) if name.endswith("norm") else weight.normal_(0, 0.05)
    return weights


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


def random_ids(count, vocabulary):
    return torch.randint(vocabulary, [count], generator=torch.Generator().manual_seed(count)).tolist()


def speculate(decoder, ids, sampling):
    """Rounds of RAPID: drafted behind most of the tokens, verified behind all of them, so that some drafts stand; each goes on from another token."""
    uniforms = torch.rand([ROUNDS, DRAFT_LENGTH + 1], generator=torch.Generator().manual_seed(1)).tolist()
    prompts = ids[DROPPED:], ids
    caches = [decoder.new_cache(len(prompt) + DRAFT_LENGTH) for prompt in prompts]
    for cache, prompt in zip(caches, prompts):
        for _ in decoder.prefill(cache, 0, prompt[:-1]):
            pass
    drafts, verdicts = [], []
    for last, draws in zip(ids, uniforms):
        drafting = decoder.program.drafting(decoder.sampling(sampling), DRAFT_LENGTH, 0.0, [], [], draws[:-1])
        reading = decoder.program.reading(caches[0], len(prompts[0]) - 1, 0, [last])
        draft = decoder.program.draft(decoder.model, reading, decoder.program.drafting_behind(drafting, []))[0]
        drafts.append(draft.tokens)
        verification = decoder.program.verification(decoder.sampling(sampling), draft, 10.0, 0.1, [], draws)
        reading = decoder.program.reading(caches[1], len(ids) - 1, 0, [last] + draft.tokens)
        verdicts.append(decoder.program.verify(decoder.model, reading, verification))
    return drafts, verdicts


def check(program, shape, device, chunk):
    """The device's logits behind a cache against the CPU's for all tokens at once, and what it drafts and accepts."""
    failures = []
    ids = random_ids(CHECKED_TOKENS, shape["vocab_size"])
    weights = random_weights(shape, torch.device("cpu"), torch.float32)
    for name, dtype in PRECISIONS.items():
        rounded = {name: weight.to(dtype) for name, weight in weights.items()}
        reference = Decoder(program, shape, {key: weight.float() for key, weight in rounded.items()}, chunk)
        expected = reference.logits(reference.new_cache(len(ids)), 0, ids)
        decoder = Decoder(program, shape, {key: weight.to(device) for key, weight in rounded.items()}, chunk)
        errors = []
        for new in (1, 16, 100):
            cache = decoder.new_cache(len(ids))
            past = len(ids) - new
            for _ in decoder.prefill(cache, 0, ids[:past]):
                pass
            errors.append((decoder.logits(cache, past, ids[past:]) - expected[past:]).abs().max() / expected.std())
        worst = float(torch.stack(errors).max())  # unlike Python's, NaN if one is, which fails
        tolerance = TOLERANCES[name]
        verdict = "passed" if worst <= tolerance else "FAILED"
        print(f"{name} on {device} against float32 on cpu: largest difference {worst:.1e} standard deviations,"
              f" {tolerance:.0e} allowed: {verdict}")
        if verdict == "FAILED":
            failures.append(name)
        if name == "float32":
            for sampling in (GREEDY, SAMPLING):
                expected_round, actual_round = (speculate(each, ids, sampling) for each in (reference, decoder))
                verdict = "passed" if actual_round == expected_round else "FAILED"
                accepted = [[count for count, _ in verdicts] for _, verdicts in (actual_round, expected_round)]
                print(f"{name} at temperature {sampling[0]}: of {DRAFT_LENGTH} drafted tokens {device} accepts {accepted[0]}, cpu"
                      f" {accepted[1]}; the tokens are compared, too: {verdict}")
                if actual_round != expected_round:
                    failures.append("round")
    return failures


def read_bandwidth(numbers):
    return numbers.nbytes / min(timed(numbers.sum, numbers.device) for _ in range(3))


def measure(decoder, device, contexts, widths, repetitions):
    longest = contexts[-1]
    cache = decoder.new_cache(longest + widths[-1])
    ids = random_ids(longest, decoder.vocabulary)
    if device.type == "cuda":
        # the first chunk of a process pays for the choice of kernels
        for _ in decoder.prefill(cache, 0, ids[: decoder.chunk]):
            pass
    chunks = list(decoder.prefill(cache, 0, ids))
    prefills = []
    for context in contexts:
        read = chunks[: -(-context // decoder.chunk)]
        prefills.append({
            "context": context,
            "tokensPerSecond": sum(tokens for tokens, _ in read) / sum(seconds for _, seconds in read),
            "chunkTokensPerSecond": spread([tokens / seconds for tokens, seconds in read]),
        })

    numbers = torch.ones(1 << 28 if device.type == "cuda" else 1 << 26, device=device)
    cases = [(context, width) for context in contexts for width in widths]
    times = {case: [] for case in cases}
    bandwidths = []
    for turn in range(repetitions + 1):
        bandwidth = read_bandwidth(numbers)
        for context, width in cases:
            seconds = timed(lambda: decoder.step(cache, context, ids[:width]), device)
            if turn > 0:
                times[context, width].append(seconds)
        if turn > 0:
            bandwidths.append(bandwidth)
    passes = []
    for context, width in cases:
        moved = decoder.weight_bytes() + decoder.cache_bytes(context)
        seconds = times[context, width]
        passes.append({
            "context": context,
            "tokens": width,
            "bytes": moved,
            "seconds": spread(seconds),
            "decodeSteps": spread([a / b for a, b in zip(seconds, times[context, widths[0]])]),
            "bandwidthShare": spread([moved / a / b for a, b in zip(seconds, bandwidths)]),
        })
    return {
        "passBytes": decoder.weight_bytes(),
        "readBandwidth": spread(bandwidths),
        "prefills": prefills,
        "passes": passes,
    }


def print_result(result):
    bandwidth = {name: value / 1e9 for name, value in result["readBandwidth"].items()}
    print(f"\n{result['shape']} on {result['deviceName']} as {result['precision']}, PyTorch {result['torch']}: one pass reads"
          f" {result['passBytes'] >> 20:,} MB of weights.\nThe device reads {text(bandwidth, '.1f')} GB/s.")
    print("\n| context | prefill, tokens/s | of a chunk |\n|---|---|---|")
    for prefill in result["prefills"]:
        print(f"| {prefill['context']:,} | {prefill['tokensPerSecond']:.0f} | {text(prefill['chunkTokensPerSecond'], '.0f')} |")
    print("\n| context | tokens of the pass | ms | in decode steps | MB read | of the read bandwidth |\n|---|---|---|---|---|---|")
    for step in result["passes"]:
        milliseconds = {name: value * 1e3 for name, value in step["seconds"].items()}
        print(f"| {step['context']:,} | {step['tokens']} | {text(milliseconds, '.2f')} | {text(step['decodeSteps'], '.2f')}"
              f" | {step['bytes'] >> 20:,} | {text(step['bandwidthShare'], '.2f')} |")


def require_memory(shape, device, dtype, contexts, widths):
    if device.type != "cuda":
        return
    sizes = weight_sizes(shape)
    elements = sum(torch.Size(size).numel() for size in sizes.values())
    cache = 2 * shape["num_hidden_layers"] * shape["num_key_value_heads"] * shape["head_dim"] * (contexts[-1] + widths[-1])
    needed = (elements + cache) * dtype.itemsize + (2 << 30)
    free, _ = torch.cuda.mem_get_info(device)
    if needed > free:
        sys.exit(f"{needed >> 20:,} MB are needed on {device}, and {free >> 20:,} MB are free: choose shorter --contexts")


def model_arguments(description):
    """A parser of what says which program runs where, in which shape."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=Path, help="the folder that write-programs has written")
    parser.add_argument("--device", default="cuda", help="cuda, cuda:N or cpu (default: cuda)")
    parser.add_argument("--shape", default="llama-3.1-8b", help="a .json file's name there (default: llama-3.1-8b)")
    parser.add_argument("--precision", choices=PRECISIONS, default="bfloat16")
    return parser


def argument_parser():
    parser = model_arguments(__doc__)
    parser.add_argument("--contexts", type=int, nargs="+", default=[8_192, 32_768, 131_072], help="tokens in the cache")
    parser.add_argument("--tokens", type=int, nargs="+", default=[2, 4, 8, 16], help="tokens of a verification")
    parser.add_argument("--repetitions", type=int, default=9, help="measured turns, after one that is not counted")
    parser.add_argument("--check-only", action="store_true", help="do not measure")
    parser.add_argument("--out", type=Path, default=Path("gpu_benchmark.json"), help="the JSON file to write")
    return parser


def main():
    parser = argument_parser()
    options = parser.parse_args()
    if not (options.programs / "decoder.pt").is_file():
        parser.error(f"there is no decoder.pt in {options.programs}: let write-programs write it")
    shape_file = options.programs / f"{options.shape}.json"
    if not shape_file.is_file():
        names = ", ".join(sorted(file.stem for file in options.programs.glob("*.json")))
        parser.error(f"there is no shape {options.shape}: there are {names}")
    shape = json.loads(shape_file.read_text())
    contexts, widths = sorted(set(options.contexts)), sorted({1, *options.tokens})
    if contexts[0] < 1 or contexts[-1] > shape["max_position_embeddings"]:
        parser.error(f"--contexts must be from 1 to {shape['max_position_embeddings']} for {options.shape}")
    if widths[0] < 1 or options.repetitions < 1:
        parser.error("--tokens and --repetitions must be 1 or more")
    if not re.fullmatch(r"cpu|cuda(:\d{1,2})?", options.device):
        parser.error("--device must be cuda, cuda:N or cpu")
    device = torch.device(options.device)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        parser.error(f"{device} is not there: PyTorch sees {torch.cuda.device_count()} CUDA device(s)")

    dtype = PRECISIONS[options.precision]
    chunk = 2048 if device.type == "cuda" else 512
    program = load(options.programs / "decoder.pt")
    with torch.inference_mode(), torch.jit.optimized_execution(False):
        failures = check(program, json.loads((options.programs / "tiny.json").read_text()), device, chunk)
        if failures:
            sys.exit(1)
        if options.check_only:
            return
        require_memory(shape, device, dtype, contexts, widths)
        decoder = Decoder(program, shape, random_weights(shape, device, dtype), chunk)
        result = {
            "shape": options.shape,
            "device": str(device),
            "deviceName": torch.cuda.get_device_name(device) if device.type == "cuda" else f"cpu, {torch.get_num_threads()} threads",
            "precision": options.precision,
            "torch": torch.__version__,
        }
        result |= measure(decoder, device, contexts, widths, options.repetitions)
    print_result(result)
    options.out.write_text(json.dumps(result, indent=2))
    print(f"\nWritten to {options.out.resolve()}")


if __name__ == "__main__":
    main()
