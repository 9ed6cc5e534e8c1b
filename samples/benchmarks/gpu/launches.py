"""What a pass asks of the processor and of the device: operators, and the kernels, copies and waits that come of them.

    python launches.py PROGRAMS --device cpu --shape qwen2.5-0.5b       a table by operator, where there is no GPU, too

An operator that only makes another view of numbers launches nothing; of the others most launch one kernel on CUDA."""

import argparse
import collections
import statistics
from pathlib import Path

import torch
from measure import timed
from program import GREEDY, PRECISIONS, Decoder, load, random_ids, random_weights, read_shape

PASSES = 2
DRAFT_LENGTH = 3
DRAWN = (0.8, 1.0, 0, 0.0, 0.0)  # without filters, of which top-p asks how many tokens it has
VIEWS = {
    "as_strided", "transpose", "t", "narrow", "slice", "select", "view", "_unsafe_view", "reshape", "unsqueeze", "squeeze",
    "expand", "flatten", "unflatten", "split_with_sizes", "unbind", "permute", "alias", "detach", "_reshape_alias", "view_as",
    # these only choose the operator that works, which is counted itself, or make room
    "linear", "matmul", "to", "empty", "empty_like", "empty_strided", "resize_", "scaled_dot_product_attention", "item",
    "contiguous", "softmax", "layer_norm", "repeat_interleave", "outer", "ones_like", "zeros_like", "zeros", "ones", "full",
    "isfinite", "resolve_conj", "resolve_neg", "chunk", "split", "_to_copy", "clone", "lift_fresh", "is_nonzero", "type_as",
}


def cases(decoder, cache, context):
    """What is counted, as calls; a draft is counted a token."""
    ids = random_ids(11, decoder.vocabulary)

    def draft(learn, sampling=GREEDY, length=DRAFT_LENGTH):
        choices = decoder.drafting(sampling, length, [0.5] * length, learn=learn)
        return decoder.draft(cache, context, 0, ids[:1], choices)

    def verify(draft, sampling):
        verification = decoder.verification(sampling, draft, 0.0, [0.5] * (len(draft.tokens) + 1))
        return decoder.verify(cache, context, ids[:1], draft, verification)

    sampled = draft(False, DRAWN, 10)

    return {
        "a decode step": (lambda: decoder.step(cache, context, ids[:1]), 1),
        "a verification of 11": (lambda: decoder.step(cache, context, ids), 1),
        "a step of a draft": (lambda: draft(False), DRAFT_LENGTH),
        "a step of a draft to learn from": (lambda: draft(True), DRAFT_LENGTH),
        "a verification of 11, sampled": (lambda: verify(sampled, DRAWN), 1),
        "a step of a draft, sampled": (lambda: draft(False, DRAWN), DRAFT_LENGTH),
    }


def profiled(call, device):
    """Counts by name, of one call: operators that compute, kernels and copies, milliseconds of these, and waits."""
    activities = [torch.profiler.ProfilerActivity.CPU]
    if device.type == "cuda":
        activities.append(torch.profiler.ProfilerActivity.CUDA)
    for _ in range(2):
        call()
    with torch.profiler.profile(activities=activities) as profile:
        for _ in range(PASSES):
            call()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
    operators, on_device, waits, busy = collections.Counter(), collections.Counter(), 0, 0.0
    for event in profile.events():
        if event.device_type == torch.autograd.DeviceType.CUDA:
            on_device[event.name] += 1
            busy += event.time_range.elapsed_us() / 1e3
        elif event.name.startswith("aten::") and event.name[6:] not in VIEWS:
            operators[event.name[6:]] += 1
        elif "ynchronize" in event.name:
            waits += 1
    # the one at the end is the profiler's
    waits = max(0, waits - 1)
    return operators, on_device, busy, waits


def count(report, decoder, cache, context):
    for name, (call, tokens) in cases(decoder, cache, context).items():
        each = PASSES * tokens
        operators, on_device, busy, waits = profiled(call, decoder.device)
        seconds = statistics.median(timed(call, decoder.device) for _ in range(5)) / tokens
        copies = sum(n for kernel, n in on_device.items() if kernel.startswith(("Memcpy", "Memset")))
        result = f"{sum(operators.values()) / each:.0f} operators, {1e3 * seconds:.2f} ms"
        if on_device:
            result += (f"; {(sum(on_device.values()) - copies) / each:.0f} kernels and {copies / each:.0f} copies, busy for"
                       f" {busy / each:.2f} ms, {waits / each:.1f} waits")
        report.add(
            name, result, seconds=seconds,
            operators={operator: n / each for operator, n in operators.most_common()},
            kernels=[{"name": kernel[:120], "count": n / each} for kernel, n in on_device.most_common(40)],
        )


def run(report, session):
    decoder, cache = session.long_context()
    count(report, decoder, cache, session.contexts[0])


class Table:
    """In the place of a report."""

    def __init__(self):
        self.columns = {}

    def add(self, case, result, operators, **_):
        print(f"{case}: {result}")
        self.columns[case] = operators

    def print(self):
        totals = collections.Counter()
        for operators in self.columns.values():
            totals.update(operators)
        print("\n| operator | " + " | ".join(self.columns) + " |\n|---" + "|---" * len(self.columns) + "|")
        for name, _ in totals.most_common(35):
            print(f"| {name} | " + " | ".join(f"{operators.get(name, 0):.0f}" for operators in self.columns.values()) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=Path, help="the folder that write-programs has written")
    parser.add_argument("--device", default="cuda", help="cuda, cuda:N or cpu (default: cuda)")
    parser.add_argument("--shape", default="llama-3.1-8b", help="a .json file's name there (default: llama-3.1-8b)")
    parser.add_argument("--precision", choices=PRECISIONS, default="bfloat16")
    parser.add_argument("--context", type=int, default=1024, help="tokens in the cache (default: 1024)")
    options = parser.parse_args()
    device, shape = torch.device(options.device), read_shape(options.programs, options.shape)
    with torch.inference_mode(), torch.jit.optimized_execution(False):
        weights = random_weights(shape, device, PRECISIONS[options.precision])
        decoder = Decoder(load(options.programs / "decoder.pt"), shape, weights, 512)
        cache = decoder.read(random_ids(options.context, decoder.vocabulary), 64)
        table = Table()
        count(table, decoder, cache, options.context)
        table.print()


if __name__ == "__main__":
    main()
