"""Rounds of speculative decoding as Java's Generator runs them, from every source of drafts; docs/design.md, section 1."""

from dataclasses import dataclass, replace

import torch
from program import GREEDY, SAMPLING, random_ids

# what drafts
TARGET, SMALLER = "target", "smaller drafter"
FOUR_BITS, SMALLER_FOUR_BITS = "INT4 copy of the target", "smaller drafter in INT4"

# rows of the target's cache that streaming drafts begin with
FIRST_ROWS = 16


@dataclass(frozen=True)
class Source:
    """Where drafts come from: `none`, `lookup`, a `prompt` of its own, the `whole` text, or `rows` of the target's cache."""

    name: str
    reads: str
    drafter: str = TARGET
    sampling: tuple = GREEDY
    margin: float = 0.0
    learns: bool = False  # in every token, as is the default where there is a margin
    given: int = 0  # tokens at the beginning of each draft that have to come
    masked: bool = False  # whether only some tokens may be chosen


PLAIN = Source("plain decoding", "none")
SOURCES = [
    PLAIN,
    Source("looked up", "lookup"),
    Source("smaller drafter over passages", "prompt", drafter=SMALLER),
    Source("smaller drafter over passages, RAPID", "prompt", drafter=SMALLER, margin=10.0, learns=True),
    Source("smaller drafter over the whole text", "whole", drafter=SMALLER),
    Source("target over passages", "prompt"),
    Source("target over passages, RAPID", "prompt", margin=10.0, learns=True),
    Source("target over rows of its cache", "rows"),
]

# what times do not depend on, but results
FURTHER = [
    Source("plain decoding, sampled", "none", sampling=SAMPLING),
    Source("looked up, sampled", "lookup", sampling=SAMPLING),
    Source("target over passages, sampled", "prompt", sampling=SAMPLING),
    Source("target over passages, RAPID, sampled", "prompt", sampling=SAMPLING, margin=10.0, learns=True),
    Source("target over passages, the authors' step 4", "prompt", margin=10.0),
    Source("target over passages, the authors' step 4, sampled", "prompt", sampling=SAMPLING, margin=10.0),
    Source("target over passages, some tokens given, sampled", "prompt", sampling=SAMPLING, given=2),
    Source("target over passages, some tokens allowed", "prompt", masked=True),
]


def with_four_bits():
    """The same sources, the drafter's weights in 4 bits: a copy of the target, or the smaller one."""
    copies = {TARGET: FOUR_BITS, SMALLER: SMALLER_FOUR_BITS}
    return [
        replace(source, name=source.name.replace(source.drafter, copies[source.drafter], 1), drafter=copies[source.drafter])
        for source in SOURCES
        if source.reads in ("prompt", "rows")
    ]


class Sequence:
    """Tokens that a model has read, into a cache, and those that it has to read next."""

    def __init__(self, decoder, cache, past, unread, skipped=0):
        self.decoder, self.cache, self.past, self.unread, self.skipped = decoder, cache, past, unread, skipped

    def advance(self, read, unread):
        self.past, self.unread = self.past + read, unread


def drafting_sequence(source, target, decoder, passages, ids, rows, room):
    """What drafts, with its prompt read; `target` is a sequence of the target's, `decoder` the source's drafter."""
    if source.reads in ("none", "lookup"):
        return None
    if source.reads == "rows":
        return over_rows(target, decoder, rows, room)
    prompt = passages if source.reads == "prompt" else ids
    return Sequence(decoder, decoder.read(prompt[:-1], room), len(prompt) - 1, prompt[-1:])


def over_rows(target, decoder, rows, room):
    """The first and the last rows of the target's cache, for the target or a copy of it."""
    last = rows - FIRST_ROWS
    cache = decoder.new_cache(rows + room)
    decoder.program.copy_rows(cache, target.cache, [0, target.past - last], [FIRST_ROWS, last])
    return Sequence(decoder, cache, rows, list(target.unread), target.past - rows)


class Speculation:
    """Rounds over a target and what drafts for it."""

    def __init__(self, source, target, drafting, seed=1):
        self.source, self.target, self.drafting = source, target, drafting
        self.random = torch.Generator().manual_seed(seed)
        self.vocabulary = target.decoder.vocabulary
        self.masks = None
        if source.masked:
            bits = torch.randint(256, [1, -(-self.vocabulary // 8)], generator=self.random)
            self.masks = bits.to(torch.uint8).view([-1])

    def uniforms(self, count):
        return torch.rand([count], generator=self.random).tolist()

    def some(self, count):
        return torch.randint(self.vocabulary, [count], generator=self.random).tolist()

    def draft(self, length):
        source, drafting = self.source, self.drafting
        if source.reads == "none":
            return self.target.decoder.draft_of([])
        if source.reads == "lookup":
            return self.target.decoder.draft_of(self.some(length))
        learns = source.learns or source.margin > 0
        choices = drafting.decoder.drafting(
            source.sampling,
            1 if source.masked else length,
            self.uniforms(length),
            learn=learns,
            masks=self.masks,
            given=self.some(source.given),
        )
        draft = drafting.decoder.draft(drafting.cache, drafting.past, drafting.skipped, drafting.unread, choices)
        if source.learns:
            # the last drafted token is read, too
            read = drafting.past + len(drafting.unread) + len(draft.tokens) - 1
            completion = drafting.decoder.completion(source.sampling, draft)
            draft = drafting.decoder.complete(drafting.cache, read, drafting.skipped, draft.tokens[-1:], completion)
        return draft

    def verify(self, draft):
        source, target = self.source, self.target
        count = len(draft.tokens)
        masks = None if self.masks is None else self.masks.repeat(count + 1)
        verification = target.decoder.verification(
            source.sampling, draft, source.margin, self.uniforms(count + 1), masks=masks
        )
        return target.decoder.verify(target.cache, target.past, target.unread, draft, verification)

    def advance(self, draft, accepted, next_token):
        """Both caches go back to what stands."""
        tokens = draft.tokens
        self.target.advance(len(self.target.unread) + accepted, [next_token])
        if self.drafting is None:
            return
        most = len(tokens) if self.source.learns else len(tokens) - 1
        kept = min(accepted, most)
        unread = tokens[kept:accepted] + [next_token]
        self.drafting.advance(len(self.drafting.unread) + kept, unread)

    def round(self, length):
        """-> the drafted tokens, how many stand, and the token after them."""
        draft = self.draft(length)
        accepted, next_token = self.verify(draft)
        self.advance(draft, accepted, next_token)
        return list(draft.tokens), accepted, next_token


def text_and_passages(length, dropped, vocabulary):
    """A text, and a part of it so large that some drafts stand."""
    ids = random_ids(length, vocabulary)
    return ids, ids[dropped:]
