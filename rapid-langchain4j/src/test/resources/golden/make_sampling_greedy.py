"""Writes sampling/greedy.json: what RAPID with a margin chooses at temperature 0.

Eq. 6 of the paper with the plausibility mask of the authors' code, in numpy and float64, at temperature 1: the best token
of each drafted row, and the target's own best in the row after the draft. Run: python make_sampling_greedy.py
"""

import json
from pathlib import Path

import numpy as np

VOCABULARY = 24
MOST_DRAFTED = 8


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def best_tokens(target, draft, margin, plausibility):
    p, q = softmax(target[:-1]), softmax(draft)
    plausible = q >= plausibility * q.max(-1, keepdims=True)
    augmented = target[:-1] + margin * np.where(plausible, q - p, 0)
    logits = np.concatenate([augmented, target[-1:]])
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
    best, gap = best_tokens(target, draft, margin, plausibility)
    if gap < 1e-3:
        return case(random, margin, plausibility)
    agreed = best[:-1] == draft_ids
    accepted = drafted if agreed.all() else int(agreed.argmin())
    return {
        "margin": margin,
        "plausibility": plausibility,
        "target_logits": target.tolist(),
        "draft_logits": draft.tolist(),
        "draft_ids": draft_ids.tolist(),
        "accepted": accepted,
        "next": int(best[accepted]),
    }


random = np.random.default_rng(6)
cases = [case(random, margin, plausibility) for margin in (0.5, 5, 10, 40, 100) for plausibility in (0, 0.1, 0.5, 1) for _ in range(2)]
Path(__file__).with_name("sampling").joinpath("greedy.json").write_text(
    "[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n"
)
partial = [c for c in cases if c["accepted"] < len(c["draft_ids"])]
own = [c for c in partial if c["next"] != int(np.argmax(c["target_logits"][c["accepted"]]))]
print(f"{len(cases)} cases, {len(partial)} with a rejection, in {len(own)} of which neither model's own best follows")
