"""Prefill, decode steps and verifications behind growing contexts, in every format of weights, against the device's read
bandwidth."""

import torch
from formats import FORMATS
from measure import milliseconds, read_bandwidth, spread, text, timed
from program import random_ids

TOKENS = [1, 2, 3, 5, 9, 11, 17, 33]
# seconds that a format needs, and what comes behind this section in its process
NEEDED, LEFT_FOR_OTHERS = 15, 100


def prefill(report, decoder, cache, contexts):
    """Reads the longest context into the cache."""
    device, ids = decoder.device, random_ids(contexts[-1], decoder.vocabulary)
    for _ in decoder.prefill(cache, 0, ids[: decoder.chunk]):
        pass  # the first chunk of a process pays for the choice of kernels
    chunks, reading = [], decoder.prefill(cache, 0, ids)
    for _ in range(-(-len(ids) // decoder.chunk)):
        read = []
        seconds = timed(lambda: read.append(next(reading)), device)
        chunks.append((read[0], seconds))
    for context in contexts:
        read = chunks[: -(-context // decoder.chunk)]
        speed = sum(tokens for tokens, _ in read) / sum(seconds for _, seconds in read)
        report.add(f"prefill up to {context:,}", f"{speed:,.0f} tokens/s", tokensPerSecond=speed)


def chunks(report, name, decoder, cache, contexts):
    """What prefill takes where a context ends, as reading all of it in every format would take too long."""
    ids = random_ids(decoder.chunk, decoder.vocabulary)
    for context in contexts:
        seconds = min(timed(lambda: list(decoder.prefill(cache, context, ids)), decoder.device) for _ in range(3))
        speed = len(ids) / seconds
        report.add(
            f"{context:,} cached, prefill of {len(ids):,} more, {name}", f"{speed:,.0f} tokens/s", tokensPerSecond=speed
        )


def passes(report, name, decoder, cache, session):
    device, contexts = decoder.device, session.contexts
    numbers = torch.ones(1 << 28 if device.type == "cuda" else 1 << 24, device=device)
    cases = [(context, width) for context in contexts for width in TOKENS]
    ids = random_ids(TOKENS[-1], decoder.vocabulary)
    times, bandwidths = {case: [] for case in cases}, []
    for turn in range(session.repetitions + 1):
        if turn > 2 and report.left() < 10:
            break
        bandwidth = read_bandwidth(numbers)
        for context, width in cases:
            seconds = timed(lambda: decoder.step(cache, context, ids[:width]), device)
            if turn > 0:
                times[context, width].append(seconds)
        if turn > 0:
            bandwidths.append(bandwidth)
    report.add(f"read bandwidth, beside {name}", text({k: v / 1e9 for k, v in spread(bandwidths).items()}, ".0f") + " GB/s")
    for context, width in cases:
        moved = decoder.pass_bytes + session.long_context()[0].cache_bytes(context)
        seconds = times[context, width]
        steps = spread([a / b for a, b in zip(seconds, times[context, 1])])
        share = spread([moved / a / b for a, b in zip(seconds, bandwidths)])
        report.add(
            f"{context:,} cached, a pass of {width}, {name}",
            f"{milliseconds(spread(seconds))}, {steps['median']:.2f} decode steps, {share['median']:.2f} of the bandwidth"
            f" for {moved / 1e9:.1f} GB",
            seconds=spread(seconds), decodeSteps=steps, bandwidthShare=share, bytes=moved,
        )


def run(report, session):
    decoder, cache = session.long_context()
    prefill(report, decoder, cache, session.contexts)

    def measure(name, decoder):
        chunks(report, name, decoder, cache, session.contexts)
        passes(report, name, decoder, cache, session)

    measure(session.precision, decoder)
    for format in FORMATS:
        # behind what the other has read: how long it takes does not depend on the numbers
        report.attempt(
            format,
            lambda: measure(format, session.rounded(session.large_shape, format)),
            seconds=1 if session.rehearsal else NEEDED + LEFT_FOR_OTHERS,
        )
