"""The loop of an answer behind the longest context, from every source of drafts. Weights are random, so how many drafted
tokens stand is drawn: every pass is made, and what it says is replaced."""

import functools
import statistics

import torch
from measure import timed
from program import Decoder, random_ids, random_weights
from rounds import (
    FOUR_BITS, PLAIN, SMALLER, SMALLER_FOUR_BITS, SOURCES, TARGET, Sequence, Speculation, drafting_sequence, with_four_bits,
)

CHANCES = [0.6, 0.8, 0.9]
LENGTHS = [4, 10]
FIRST_ROUNDS = 2  # not counted


def stand(chance, most, random):
    """How many drafted tokens stand if each does with this chance."""
    count = 0
    while count < most and float(torch.rand([], generator=random)) < chance:
        count += 1
    return count


def expected_tokens(chance, length):
    """Of a round, the target's own token included."""
    return sum(chance**i for i in range(length + 1))


def seconds_a_round(speculation, length, chance, report, limit):
    random = torch.Generator().manual_seed(length)
    seconds, device = [], speculation.target.decoder.device

    def one():
        draft = speculation.draft(length)
        _, next_token = speculation.verify(draft)
        speculation.advance(draft, stand(chance, len(draft.tokens), random), next_token)

    while len(seconds) < 6 or (sum(seconds) < limit and len(seconds) < 60 and report.left() > 5):
        seconds.append(timed(one, device))
    return seconds[FIRST_ROUNDS:]


def run(report, session):
    decoder, cache = session.long_context()
    context = session.contexts[-1]
    ids = random_ids(context, decoder.vocabulary)
    shape = session.shape(session.small_shape)
    drafters = {
        TARGET: lambda: decoder,
        SMALLER: lambda: Decoder(session.program, shape, random_weights(shape, session.device, decoder.dtype), session.chunk),
        FOUR_BITS: lambda: session.rounded(session.large_shape, "INT4"),
        SMALLER_FOUR_BITS: lambda: session.rounded(session.small_shape, "INT4"),
    }
    made = functools.lru_cache(maxsize=None)(lambda name: drafters[name]())
    passages = ids[-session.passages :]
    room = 100 * (max(LENGTHS) + 2)
    plain = []

    def measure(source):
        # the target's cache is read once: what an answer has put behind the context is overwritten by the next
        target = Sequence(decoder, cache, context - 1, ids[-1:])
        drafting = drafting_sequence(source, target, made(source.drafter), passages, ids, session.passages, room)
        read = (drafting.past, list(drafting.unread)) if drafting is not None else None
        for length in LENGTHS if source is not PLAIN else [0]:
            for chance in CHANCES if source is not PLAIN else [0.0]:
                target.past, target.unread = context - 1, ids[-1:]
                if drafting is not None:
                    drafting.past, drafting.unread = read[0], list(read[1])
                seconds = seconds_a_round(Speculation(source, target, drafting), length, chance, report, session.loop_seconds)
                speed = expected_tokens(chance, length) / statistics.median(seconds)
                if source is PLAIN:
                    plain.append(speed)
                times = f", {speed / plain[0]:.2f} times plain decoding" if plain else ""
                report.add(
                    f"{context:,} cached, {source.name}" + (f", drafts of {length}, {chance:.0%} stand" if length else ""),
                    f"{speed:.1f} tokens/s{times}; {1e3 * statistics.median(seconds):.1f} ms a round",
                    tokensPerSecond=speed, source=source.name, draftTokens=length, chance=chance, rounds=seconds,
                )

    # what matters most comes first, should the time run out
    for source in [PLAIN, *with_four_bits(), *SOURCES[1:]]:
        report.attempt(source.name, lambda: measure(source), seconds=15 if session.device.type == "cuda" else 2)
