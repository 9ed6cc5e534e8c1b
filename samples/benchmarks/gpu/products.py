"""The products of all layers, one after the other, as the library makes them in each format, without what lies between them.

Beside them libtorch's own product of 8-bit integers with activations in bfloat16, which the library does not use."""

import torch
from formats import FORMATS, Rounded
from measure import Skipped, milliseconds, read_bandwidth, spread, timed
from program import function

ROWS = [1, 2, 11, 33, 512]
LIBTORCHS = "libtorch's 8-bit integers"
# Largest error of a product with the rounded weights, in standard deviations: of bfloat16
TOLERANCE = 0.1


def matrices(shape):
    """Rows and columns of the products of a layer, those of one input as one."""
    hidden, intermediate, d = shape["hidden_size"], shape["intermediate_size"], shape["head_dim"]
    queries, keys = shape["num_attention_heads"] * d, shape["num_key_value_heads"] * d
    return [(queries + 2 * keys, hidden), (hidden, queries), (2 * intermediate, hidden), (hidden, intermediate)]


def product(session, weight, format):
    """-> bytes that it reads, a function without arguments to what its bits stand for, and one of the other factor"""
    linear = function("linear")
    if format == "BFLOAT16":
        layer = weight, None, None, None
        return weight.nbytes, weight.float, lambda x: linear(x, layer)
    rounded = Rounded(session.rounding, [weight], "INT8" if format == LIBTORCHS else format)
    tensors = rounded.tensors()
    size = sum(tensor.nbytes for tensor in tensors.values())
    if format == LIBTORCHS:
        scales = tensors[".scales"].flatten().to(torch.bfloat16)
        return size, rounded.exact, lambda x: torch._weight_int8pack_mm(x, tensors[".rows"], scales)
    if format == "INT4":
        layer = None, None, (tensors[".groups"], tensors[".scales"]), None
    else:
        layer = None, function("packed_rows")(tensors[".rows"], tensors[".scales"]), None, None
    return size, rounded.exact, lambda x: linear(x, layer)


def measure(report, session, format):
    device, shape = session.device, session.shape(session.large_shape)
    torch.manual_seed(4)
    layers, moved, worst = [], 0, 0.0
    for layer in range(shape["num_hidden_layers"]):
        for rows, columns in matrices(shape):
            weight = torch.empty([rows, columns], device=device, dtype=torch.bfloat16).normal_(0, 0.05)
            size, exact, multiply = product(session, weight, format)
            moved += size
            x = torch.randn([max(ROWS), columns], device=device, dtype=torch.bfloat16)
            if layer == 0:
                few = x[:3]
                expected = torch.nn.functional.linear(few.float(), exact())
                worst = max(worst, float((multiply(few).float() - expected).abs().max() / expected.std()))
            layers.append((x, multiply))
    report.add(f"{format}: a product", f"off by {worst:.1e} standard deviations, {TOLERANCE:.0e} allowed", worst <= TOLERANCE)
    numbers = torch.ones(1 << 28 if device.type == "cuda" else 1 << 24, device=device)
    for rows in ROWS:

        def all_layers(rows=rows):
            for x, multiply in layers:
                multiply(x[:rows])

        all_layers()
        seconds = spread([timed(all_layers, device) for _ in range(session.repetitions)])
        share = moved / seconds["median"] / read_bandwidth(numbers)
        report.add(
            f"{format}: {shape['num_hidden_layers']} layers, {rows} rows",
            f"{milliseconds(seconds)}, {share:.2f} of the bandwidth for {moved / 1e9:.2f} GB",
            seconds=seconds, bytes=moved, bandwidthShare=share,
        )


def run(report, session):
    session.program  # whose functions these are

    def measure_libtorchs():
        try:
            measure(report, session, LIBTORCHS)
        except RuntimeError as e:
            # not ours: what this libtorch or this device has no kernel for
            raise Skipped(str(e).strip().splitlines()[-1][:200]) from e

    for format in ["BFLOAT16", *FORMATS]:
        report.attempt(format, lambda: measure(report, session, format), seconds=1 if session.rehearsal else 7)
        if session.device.type == "cuda":
            torch.cuda.empty_cache()
    report.attempt(LIBTORCHS, measure_libtorchs, seconds=1 if session.rehearsal else 7)
