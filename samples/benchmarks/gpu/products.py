"""What formats of fewer bytes would give a pass: the products of all layers, one after the other, by libtorch's own kernels."""

import torch
from measure import Skipped, milliseconds, read_bandwidth, spread, timed

ROWS = [1, 2, 11, 33, 512]
GROUP = 128  # columns that have a scale in common, of 4-bit weights


def matrices(shape):
    """Rows and columns of the products of a layer, those of one input as one."""
    hidden, intermediate, d = shape["hidden_size"], shape["intermediate_size"], shape["head_dim"]
    queries, keys = shape["num_attention_heads"] * d, shape["num_key_value_heads"] * d
    return [(queries + 2 * keys, hidden), (hidden, queries), (2 * intermediate, hidden), (hidden, intermediate)]


def of_bfloat16(weight):
    return weight.nbytes, weight, lambda x: torch.nn.functional.linear(x, weight)


def of_int8(weight):
    scale = weight.float().abs().amax(1, keepdim=True) / 127
    integers = torch.round(weight.float() / scale).to(torch.int8)
    scales = scale.squeeze(1).to(torch.bfloat16)
    return integers.nbytes, integers.to(torch.bfloat16) * scale.to(torch.bfloat16), lambda x: torch._weight_int8pack_mm(x, integers, scales)


def of_int4(weight):
    rows, columns = weight.shape
    grouped = weight.float().view(rows, columns // GROUP, GROUP)
    least, greatest = grouped.amin(-1, True), grouped.amax(-1, True)
    scale = (greatest - least).clamp_min(1e-6) / 15
    digits = torch.clamp(torch.round((grouped - least) / scale), 0, 15)
    # libtorch's zero point is the middle of the range
    middle = least + 8 * scale
    exact = ((digits - 8) * scale + middle).view(rows, columns).to(torch.bfloat16)
    scales = torch.stack([scale.squeeze(-1), middle.squeeze(-1)], -1).transpose(0, 1).contiguous().to(torch.bfloat16)
    digits = digits.view(rows, columns).to(torch.int32)
    if weight.is_cuda:
        pairs = (digits[:, ::2] << 4 | digits[:, 1::2]).to(torch.uint8)
        packed = torch.ops.aten._convert_weight_to_int4pack(pairs, 8)
        return rows * columns // 2 + scales.nbytes, exact, lambda x: torch._weight_int4pack_mm(x, packed, GROUP, scales)
    packed = torch.ops.aten._convert_weight_to_int4pack_for_cpu(digits, 1)
    return rows * columns // 2 + scales.nbytes, exact, lambda x: torch.ops.aten._weight_int4pack_mm_for_cpu(x, packed, GROUP, scales)


def of_fp8(weight):
    if not weight.is_cuda:
        raise Skipped("on the CPU there is no product of FP8 with a scale a row")
    greatest = torch.finfo(torch.float8_e4m3fn).max
    scale = weight.float().abs().amax(1, keepdim=True) / greatest
    rounded = (weight.float() / scale).to(torch.float8_e4m3fn)

    def product(x):
        step = x.float().abs().amax(1, keepdim=True).clamp_min(1e-12) / greatest
        return torch._scaled_mm((x / step).to(torch.float8_e4m3fn), rounded.t(), step, scale.t(), out_dtype=torch.bfloat16)

    return rounded.nbytes, (rounded.float() * scale).to(torch.bfloat16), product


FORMATS = {"bfloat16": of_bfloat16, "int8": of_int8, f"int4, groups of {GROUP}": of_int4, "fp8": of_fp8}
# Largest error of a product with the rounded weights, in standard deviations: of bfloat16, and of activations in FP8
TOLERANCES = {"fp8": 0.3}


def run(report, session):
    device, shape = session.device, session.shape(session.large_shape)
    torch.manual_seed(4)
    for name, pack in FORMATS.items():

        def measure(name=name, pack=pack):
            layers, moved, worst = [], 0, 0.0
            for layer in range(shape["num_hidden_layers"]):
                for rows, columns in matrices(shape):
                    weight = torch.empty([rows, columns], device=device, dtype=torch.bfloat16).normal_(0, 0.05)
                    size, exact, product = pack(weight)
                    moved += size
                    if layer == 0:
                        x = torch.randn([3, columns], device=device, dtype=torch.bfloat16)
                        expected = torch.nn.functional.linear(x.float(), exact.float())
                        worst = max(worst, float((product(x).float() - expected).abs().max() / expected.std()))
                    layers.append((torch.randn([max(ROWS), columns], device=device, dtype=torch.bfloat16), product))
            allowed = TOLERANCES.get(name, 0.1)
            report.add(f"{name}: a product", f"off by {worst:.1e} standard deviations, {allowed:.0e} allowed", worst <= allowed)
            numbers = torch.ones(1 << 28 if device.type == "cuda" else 1 << 24, device=device)
            for rows in ROWS:
                def all_layers(rows=rows):
                    for x, product in layers:
                        product(x[:rows])

                all_layers()
                seconds = spread([timed(all_layers, device) for _ in range(session.repetitions)])
                share = moved / seconds["median"] / read_bandwidth(numbers)
                report.add(
                    f"{name}: {shape['num_hidden_layers']} layers, {rows} rows",
                    f"{milliseconds(seconds)}, {share:.2f} of the bandwidth for {moved / 1e9:.2f} GB",
                    seconds=seconds, bytes=moved, bandwidthShare=share,
                )

        def measure_what_there_is():
            try:
                measure()
            except RuntimeError as e:
                # not ours: what this libtorch or this device has no kernel for
                raise Skipped(str(e).strip().splitlines()[-1][:200]) from e

        report.attempt(name, measure_what_there_is, seconds=5)
        if device.type == "cuda":
            torch.cuda.empty_cache()
