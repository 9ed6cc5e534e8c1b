"""The programs on a device against the CPU in float32: logits in every format, drafts and acceptances from every source."""

import torch
from formats import FORMATS, rounded_weights
from measure import Report
from program import DTYPE_CODES, PRECISIONS, Decoder, function, random_ids, random_weights
from rounds import FURTHER, SOURCES, TARGET, Sequence, Speculation, drafting_sequence, text_and_passages

# Largest difference of a logit, in standard deviations of the logits. In float32 what differs is the order of sums, in the
# half precisions the rounding of activations: 2 ** -8 relative in bfloat16, 2 ** -11 in float16, over a few layers.
# Of fewer bits what they stand for is taken as exact: what differs is that activations are rounded, to 8 bits where tokens are
# many, 2 ** -8 of the row's largest or, of FP8, 2 ** -4 of each.
TOLERANCES = {"float32": 1e-4, "bfloat16": 1e-1, "float16": 2e-2, "INT8": 2e-1, "INT4": 1e-1, "FP8": 5e-1}
# Of the first tokens, which attend to few; with another head's keys it is several
ATTENTION_TOLERANCE = 0.2
# Rounding sends some tokens to other experts
TOLERANCES_OF_EXPERTS = {"float32": 1e-4, "bfloat16": 2.0, "float16": 2.0}

TOKENS = 300
ROUNDS, DRAFT_LENGTH, DROPPED, ROWS = 6, 8, 3, 260

# What architectures have beside the small shape's own; the windows end within the text
NETWORKS = {
    "Qwen2's": {},
    "of windows, sinks and norms of heads": {"window": 70, "sinks": True, "head_norms": True},
    "of experts": {"experts": 8, "chosen": 2, "expert_size": 128},
    "of soft caps, norms with an offset and GELU": {
        "soft_cap": 30.0, "logit_soft_cap": 20.0, "offset": True, "hidden_act": "gelu_tanh"
    },
    "of layer norms, parallel blocks and partial rotary": {"centred": True, "parallel": True, "partial_rotary_factor": 0.5},
}

# with fewer bits, too
ROUNDED = ["Qwen2's", "of windows, sinks and norms of heads"]


def moved(weights, device, dtype):
    return {name: weight.to(device, dtype) for name, weight in weights.items()}


def compare_attention(report, session):
    """32 heads of queries and 8 of keys, as in Llama's 8B: in half precision on CUDA the flash kernel alone is told that some
    share one (`by_head` in decoder.py); elsewhere each has a copy."""
    heads, kv_heads, d, past = 32, 8, 128, 700
    shape = session.program.attention(heads, kv_heads, d, 1, d**-0.5, 0.0)

    def attended(numbers, device, dtype, first):
        q, k, v, keys, values = (x.to(device, dtype) for x in numbers)
        cache = function("room")([False], keys.size(1), 0, keys)[0]
        cache.keys.copy_(keys)
        cache.values.copy_(values)
        if first is None:
            out, _ = function("attend_to_edge")(q, cache, 0, shape)
        else:
            out, _ = function("attend_behind")((q, k, v), cache, first, past, shape)
        return out.float().cpu()

    cases = {"to themselves": past, "to themselves and what is cached": 0, "to the edge of a window": None}
    for name, first in cases.items():

        def compare(name=name, first=first):
            for dtype in (torch.bfloat16, torch.float16):
                errors = []
                for new in (11, 512):
                    generator = torch.Generator().manual_seed(new)
                    sizes = [[new, heads, d], [new, kv_heads, d], [new, kv_heads, d]] + 2 * [[kv_heads, past + new, d]]
                    numbers = [torch.randn(size, generator=generator).to(dtype) for size in sizes]
                    expected = attended(numbers, "cpu", torch.float32, first)
                    errors.append((attended(numbers, session.device, dtype, first) - expected).abs().max() / expected.std())
                worst, precision = float(torch.stack(errors).max()), str(dtype).removeprefix("torch.")
                report.add(
                    f"heads of queries that share one of keys, {name}, {precision}",
                    f"off by {worst:.1e} standard deviations, {ATTENTION_TOLERANCE:.0e} allowed",
                    worst <= ATTENTION_TOLERANCE, worst=worst,
                )

        report.attempt(f"heads of queries that share one of keys, {name}", compare)


def compare_logits(report, session, name, shape):
    """Logits behind a cache, and behind the same rows of another, in one, a few and many tokens, against all at once on the CPU."""
    program, device = session.program, session.device
    ids = random_ids(TOKENS, shape["vocab_size"])
    weights = random_weights(shape, torch.device("cpu"), torch.float32)
    precisions = [*PRECISIONS, *(FORMATS if name in ROUNDED else [])]
    for precision in precisions:
        exact = moved(weights, "cpu", PRECISIONS.get(precision, torch.bfloat16))
        ours = moved(exact, device, None)
        if precision in FORMATS:
            ours = rounded_weights(session.rounding, ours, precision, exact)
        reference = Decoder(program, shape, moved(exact, "cpu", torch.float32), TOKENS)
        expected = reference.logits(reference.new_cache(TOKENS), 0, ids)
        decoder = Decoder(program, shape, ours, session.chunk)
        errors = []
        for new in (1, 16, 100, 200):
            past = TOKENS - new
            cache = decoder.read(ids[:past], new)
            for behind in (decoder.branch(cache, past, new), cache):
                errors.append((decoder.logits(behind, past, ids[past:]) - expected[past:]).abs().max() / expected.std())
        worst = float(torch.stack(errors).max())  # unlike Python's, NaN if one is, which fails
        allowed = (TOLERANCES_OF_EXPERTS if "experts" in shape else TOLERANCES)[precision]
        report.add(
            f"logits, network {name}, {precision}",
            f"off by {worst:.1e} standard deviations, {allowed:.0e} allowed",
            worst <= allowed,
            worst=worst,
        )


def rounds(decoder, source, small):
    ids, passages = text_and_passages(TOKENS, DROPPED, decoder.vocabulary)
    room = ROUNDS * (DRAFT_LENGTH + 2)
    target = Sequence(decoder, decoder.read(ids[:-1], room), TOKENS - 1, ids[-1:])
    drafting = drafting_sequence(source, target, target.decoder if source.drafter == TARGET else small, passages, ids, ROWS, room)
    speculation = Speculation(source, target, drafting)
    return [speculation.round(DRAFT_LENGTH) for _ in range(ROUNDS)]


def compare_rounds(report, program, shape, device, chunk):
    weights = random_weights(shape, torch.device("cpu"), torch.float32)
    # a drafter of its own that is often right
    nearly = {name: weight + 0.001 * torch.randn_like(weight) for name, weight in weights.items()}
    cpu, ours = (
        [Decoder(program, shape, moved(each, where, torch.float32), chunk) for each in (weights, nearly)]
        for where in ("cpu", device)
    )
    for source in SOURCES + FURTHER:

        def compare(source=source):
            expected, actual = rounds(cpu[0], source, cpu[1]), rounds(ours[0], source, ours[1])
            accepted, drafted = sum(each[1] for each in actual), sum(len(each[0]) for each in actual)
            report.add(
                f"{ROUNDS} rounds, {source.name}, float32",
                f"{accepted} of {drafted} drafted tokens stand; tokens as on the CPU",
                expected == actual,
            )

        report.attempt(source.name, compare)


def encoder_weights(vocabulary, hidden, layers, device):
    torch.manual_seed(2)
    sizes = {"embedding.words": [vocabulary, hidden], "embedding.positions": [80, hidden], "embedding.types": [1, hidden]}
    norms = ["embedding.norm"]
    for i in range(layers):
        for name in ("query", "key", "value", "output"):
            sizes[f"layers.{i}.{name}"] = [hidden, hidden]
        sizes[f"layers.{i}.up"], sizes[f"layers.{i}.down"] = [2 * hidden, hidden], [hidden, 2 * hidden]
        norms += [f"layers.{i}.attention_norm", f"layers.{i}.output_norm"]
    sizes["lexical_head"], sizes["token_head"] = [1, hidden], [hidden, hidden]
    weights = {}
    for name, size in sizes.items():
        if name.startswith("embedding"):
            weights[name] = torch.randn(size)
        else:
            weights[name + ".weight"], weights[name + ".bias"] = 0.1 * torch.randn(size), 0.1 * torch.randn(size[0])
    for name in norms:
        weights[name + ".weight"], weights[name + ".bias"] = torch.ones(hidden), torch.zeros(hidden)
    # the program takes weights out of the caller's table
    return torch.jit.script(moved(weights, device, torch.float32))


def encoded(program, device):
    """All views of three texts, the numbers of the device."""
    vocabulary, heads, d, layers = 500, 4, 32, 2
    weights = encoder_weights(vocabulary, heads * d, layers, device)
    model = program.assemble(
        weights,
        program.layers(weights, [0] * layers, [0.0] * layers),
        program.projections(weights, []),
        program.shape(heads, heads, d, d**-0.5, 2),
        program.settings("GELU", False, True, 1e-5, 1.0),
        program.output(False, True, ""),
    )
    ids = random_ids(17 + 2 * 40, vocabulary)
    dense, lexical, vectors = program.views(model, ids, [1, 2], [17, 40], DTYPE_CODES[torch.float32])
    scores = program.late_interaction(vectors, 0, 10, vectors, [0, 16], [16, 39])
    return torch.tensor(dense + lexical + program.values(vectors, 0, 20) + scores)


def compare_encoder(report, program, device):
    expected = encoded(program, torch.device("cpu"))
    worst = float((encoded(program, device) - expected).abs().max() / expected.std())
    report.add("encoder: dense, lexical and token vectors, float32", f"off by {worst:.1e} standard deviations, 1e-04 allowed",
               worst <= 1e-4, worst=worst)


def compare_loading(report, program, device, folder):
    """Weights on their way from a file to the device, floats and blocks."""
    types = {"F32": [1, 4], "F16": [1, 2], "BF16": [1, 2], "Q8_0": [32, 34], "Q4_K": [256, 144], "Q6_K": [256, 210]}
    rows, columns = 24, 512
    generator = torch.Generator().manual_seed(3)
    wrong = []
    for name, block in types.items():
        length = rows * columns // block[0] * block[1]
        data = torch.randint(0, 60, [length], dtype=torch.uint8, generator=generator)
        file = folder / f"weights-{name}.bin"
        file.write_bytes(data.numpy().tobytes())
        loaded = []
        for where in ("cpu", str(device)):
            mapped = program.map_file(str(file), length, 0)
            table = torch.jit.script({"x": torch.zeros(1)})
            weight = program.weight(mapped, 0, [rows, columns], name, block, [0, 0, 0])
            program.put_elements(table, "x", weight, where, DTYPE_CODES[torch.float32], True)
            loaded.append(table["x"].cpu())
        file.unlink()
        if not torch.equal(*map(torch.nan_to_num, loaded)):
            wrong.append(name)
    report.add("weights from files: " + ", ".join(types), f"different: {', '.join(wrong) or 'none'}", not wrong)


def run(report: Report, session):
    device, chunk, programs = session.device, session.chunk, session.programs
    tiny = session.shape("tiny")
    # first, and by itself: all that follows has it
    compare_attention(report, session)
    for name, changes in NETWORKS.items():
        report.attempt(name, lambda: compare_logits(report, session, name, tiny | changes))
    report.attempt("rounds", lambda: compare_rounds(report, session.program, tiny, device, chunk))
    report.attempt("encoder", lambda: compare_encoder(report, torch.jit.load(str(programs / "encoder.pt")), device))
    report.attempt(
        "loading",
        lambda: compare_loading(report, session.rounding, device, report.file.parent),
    )
