"""Where the time of a pass over few tokens goes on a GPU: kernels launched, and what TorchScript's optimiser changes.

    python step_profile.py /tmp/programs                                        # beside gpu_benchmark.py, which says more
    python step_profile.py /tmp/programs --device cpu --shape tiny --precision float32 --context 256

Answers grow as real ones do, by a token a step, and verifications have changing widths: that is what the optimiser, which
compiles for the sizes it has seen, has to cope with. A table goes to the console, a JSON file to `--out`.
"""

import collections
import json
import statistics
from pathlib import Path

import torch
from gpu_benchmark import PRECISIONS, Decoder, load, model_arguments, random_ids, random_weights, timed

STEPS, PROFILED = 60, 8
WIDTHS = [11, 5, 33, 3, 8, 17, 2, 11, 6, 4, 24, 9, 2, 13, 11, 7]

# What Java sets is "off". A strategy says how often code is compiled for sizes it has seen, and how often for any.
OPTIMISERS = {"off": None, "default": [("STATIC", 2), ("DYNAMIC", 10)], "dynamic": [("DYNAMIC", 10)], "unprofiled": []}


def milliseconds(seconds):
    tail = sorted(seconds[len(seconds) // 3 :])
    return {
        "first": 1e3 * seconds[0],
        "second": 1e3 * seconds[1],
        "worst of the others": 1e3 * max(seconds[2:]),
        "median of the last two thirds": 1e3 * statistics.median(tail),
        "worst of the last two thirds": 1e3 * tail[-1],
        "all": 1e3 * sum(seconds),
    }


def times(decoder, cache, context, ids, device):
    steps = [timed(lambda: decoder.step(cache, context + i, ids[i : i + 1]), device) for i in range(STEPS)]
    widths = [
        timed(lambda: decoder.step(cache, context + i, ids[i : i + width]), device) for i, width in enumerate(2 * WIDTHS)
    ]
    return {"steps": milliseconds(steps), "verifications": milliseconds(widths)}


def kernels(decoder, cache, context, tokens, device):
    """What one pass asks of the device: kernels, their time, and how often the processor waits for it."""
    activities = [torch.profiler.ProfilerActivity.CPU]
    if device.type == "cuda":
        activities.append(torch.profiler.ProfilerActivity.CUDA)
    ids = random_ids(tokens, decoder.vocabulary)
    for i in range(3):
        decoder.step(cache, context + i, ids)
    seconds = statistics.median(timed(lambda: decoder.step(cache, context + i, ids), device) for i in range(PROFILED))
    with torch.profiler.profile(activities=activities) as profile:
        for i in range(PROFILED):
            decoder.step(cache, context + i, ids)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
    on_device, operators, calls = (collections.Counter() for _ in range(3))
    device_time = collections.Counter()
    for event in profile.events():
        if event.device_type == torch.autograd.DeviceType.CUDA:
            on_device[event.name] += 1
            device_time[event.name] += event.time_range.elapsed_us()
        elif event.name.startswith("aten::"):
            operators[event.name] += 1
        elif event.name.startswith("cuda"):
            calls[event.name] += 1
    copies = sum(count for name, count in on_device.items() if name.startswith(("Memcpy", "Memset")))
    return {
        "tokens": tokens,
        "milliseconds": 1e3 * seconds,
        "kernels": (sum(on_device.values()) - copies) / PROFILED,
        "copies": copies / PROFILED,
        "deviceMilliseconds": sum(device_time.values()) / 1e3 / PROFILED,
        "synchronisations": sum(n for name, n in calls.items() if "ynchronize" in name) / PROFILED,
        "operators": {name: n / PROFILED for name, n in operators.most_common(40)},
        "kernelNames": [
            {"name": name[:120], "count": n / PROFILED, "milliseconds": device_time[name] / 1e3 / PROFILED}
            for name, n in on_device.most_common(40)
        ],
    }


def main():
    parser = model_arguments(__doc__)
    parser.add_argument("--optimiser", choices=OPTIMISERS, default="off", help="TorchScript's (default: off, as Java has it)")
    parser.add_argument("--context", type=int, default=8192, help="tokens in the cache")
    parser.add_argument("--out", type=Path, default=Path("step_profile.json"), help="the JSON file to write")
    options = parser.parse_args()
    device = torch.device(options.device)
    shape = json.loads((options.programs / f"{options.shape}.json").read_text())
    strategy = OPTIMISERS[options.optimiser]
    if strategy is not None:
        torch.jit.set_fusion_strategy(strategy)
    program = load(options.programs / "decoder.pt")
    with torch.inference_mode(), torch.jit.optimized_execution(strategy is not None):
        decoder = Decoder(program, shape, random_weights(shape, device, PRECISIONS[options.precision]), 2048)
        ids = random_ids(STEPS + max(WIDTHS) + 2 * len(WIDTHS), decoder.vocabulary)
        cache = decoder.new_cache(options.context + len(ids))
        for _ in decoder.prefill(cache, 0, random_ids(options.context, decoder.vocabulary)):
            pass
        result = {
            "shape": options.shape,
            "precision": options.precision,
            "context": options.context,
            "optimiser": options.optimiser,
            "torch": torch.__version__,
            "deviceName": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        }
        result |= times(decoder, cache, options.context, ids, device)
        result["passes"] = [kernels(decoder, cache, options.context, tokens, device) for tokens in (1, 11)]
    options.out.write_text(json.dumps(result, indent=2))
    print(f"\n{options.shape} on {result['deviceName']} as {options.precision}, {options.context:,} cached tokens, PyTorch"
          f" {torch.__version__}, optimiser: {options.optimiser}")
    for kind in ("steps", "verifications"):
        print(f"{kind}, ms: " + ", ".join(f"{key} {value:.1f}" for key, value in result[kind].items()))
    for figures in result["passes"]:
        print(f"a pass of {figures['tokens']} launches {figures['kernels']:.0f} kernels and {figures['copies']:.0f} copies,"
              f" which take {figures['deviceMilliseconds']:.2f} of its {figures['milliseconds']:.2f} ms; it waits"
              f" {figures['synchronisations']:.0f} times")
    print(f"Written to {options.out.resolve()}")


if __name__ == "__main__":
    main()
