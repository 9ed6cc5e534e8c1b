"""Writes sampling/greedy.json: what RAPID with a margin chooses at temperature 0.

Eq. 6 of the paper with the plausibility mask of the authors' code, in numpy and float64, at temperature 1: the best token
of each drafted row, and in the row after the draft the target's own best, or where every token learns the best of Eq. 6. Run: python make_sampling_greedy.py
"""

import json
from pathlib import Path

import numpy as np

VOCABULARY = 24
MOST_DRAFTED = 8


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def learned(target, draft, margin, plausibility):
    p, q = softmax(target), softmax(draft)
    plausible = q >= plausibility * q.max(-1, keepdims=True)
    return target + margin * np.where(plausible, q - p, 0)


def best_tokens(logits):
    ordered = np.sort(logits, -1)
    return logits.argmax(-1), (ordered[:, -1] - ordered[:, -2]).min()


def case(random, margin, plausibility):
    drafted = int(random.integers(1, MOST_DRAFTED + 1))
    target = random.normal(0, 2, [drafted + 1, VOCABULARY])
    # mostly of one mind, as drafter and target are
    draft = 0.7 * target[:-1] + random.normal(0, 1.2, [drafted, VOCABULARY])
    # both are written with so many digits, and computed from what is written
    target, draft = np.round(target, 4), np.round(draft, 4)
    draft_ids = draft.argmax(-1)
    after = np.round(0.7 * target[-1:] + random_after.normal(0, 1.2, [1, VOCABULARY]), 4)
    logits = learned(target, np.concatenate([draft, after]), margin, plausibility)
    best, gap = best_tokens(np.concatenate([logits[:-1], target[-1:]]))
    best_throughout, gap_throughout = best_tokens(logits)
    if min(gap, gap_throughout) < 1e-3:
        return case(random, margin, plausibility)
    agreed = best[:-1] == draft_ids
    accepted = drafted if agreed.all() else int(agreed.argmin())
    return {
        "margin": margin,
        "plausibility": plausibility,
        "target_logits": target.tolist(),
        "draft_logits": draft.tolist(),
        "draft_logits_after": after.tolist(),
        "draft_ids": draft_ids.tolist(),
        "accepted": accepted,
        "next": int(best[accepted]),
        "next_where_every_token_learns": int(best_throughout[accepted]),
    }


random, random_after = np.random.default_rng(6), np.random.default_rng(7)
cases = [case(random, margin, plausibility) for margin in (0.5, 5, 10, 40, 100) for plausibility in (0, 0.1, 0.5, 1) for _ in range(2)]
Path(__file__).with_name("sampling").joinpath("greedy.json").write_text(
    "[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n"
)
partial = [c for c in cases if c["accepted"] < len(c["draft_ids"])]
own = [c for c in partial if c["next"] != int(np.argmax(c["target_logits"][c["accepted"]]))]
print(f"{len(cases)} cases, {len(partial)} with a rejection, in {len(own)} of which neither model's own best follows")
learned_after = [c for c in cases if c["next"] != c["next_where_every_token_learns"]]
print(f"in {len(learned_after)} another token follows where every token learns")
