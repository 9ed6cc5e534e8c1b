"""Writes rouge-cases.jsonl: pairs of texts and what Google's rouge_score makes of them.

    pip install rouge-score==0.1.2
    python rouge_cases.py > ../resources/dev/rapid4j/samples/evaluation/scores/rouge-cases.jsonl

InfiniteBench calls evaluate.load("rouge").compute(predictions=[p], references=[r], use_aggregator=False) and takes
"rougeLsum". evaluate passes that on to RougeScorer with use_stemmer=False, which splits sentences at line ends only,
and where there are several references calls score_multi, which takes the best.
"""

import json
import random

from rouge_score.rouge_scorer import RougeScorer

SENTENCES = """The lighthouse at Cape Maren stands 41 metres tall on the northern coast.
The light at Cape Maren is kept by Ilse Vang.
The lamp at Cape Maren flashes white every 12 seconds.
In the second chapter, Elinor leaves her mother's house and travels to London; nobody there expects her.
"I never said so," replied the captain -- but he had, twice, and before witnesses.
The committee's findings (published in 1998) were neither surprising nor, strictly speaking, new.
He ran, running as runners run, until the runner-up ran past him.
It was the best of times, it was the worst of times, it was the age of wisdom.
Prices rose by 3.5% in May, 2.75% in June and not at all in July.
The café's naïve façade — built in Zürich — survived; the Straße did not.
İstanbul and the Kelvin sign K are lowered in ways of their own.
作者在书中描述了一个小镇。
They married, moved to the coast, and lived there with three dogs, two cats and a parrot named Admiral.
The the the the a a of of of and and and.
Nobody knew what the Admiral knew, and the Admiral, being a parrot, told everybody.""".split("\n")


def text(generator: random.Random, sentences: int) -> str:
    separator = generator.choice([" ", "\n", "\n\n", "\r\n", " \n "])
    return separator.join(generator.choice(SENTENCES) for _ in range(sentences))


def disturbed(generator: random.Random, original: str) -> str:
    words = original.split(" ")
    for _ in range(generator.randrange(len(words) + 1)):
        position = generator.randrange(len(words))
        change = generator.randrange(4)
        if change == 0 and len(words) > 1:
            del words[position]
        elif change == 1:
            words.insert(position, generator.choice(generator.choice(SENTENCES).split(" ")))
        elif change == 2:
            other = generator.randrange(len(words))
            words[position], words[other] = words[other], words[position]
        else:
            words[position] += generator.choice(["\n", ".", "", "'s"])
    return " ".join(words)


def letters(generator: random.Random) -> str:
    """A few different words, so that many longest common subsequences compete."""
    return "".join(generator.choice(["a ", "b ", "c ", "d\n", "a\n"]) for _ in range(generator.randrange(25)))


def main() -> None:
    generator = random.Random(20250220)
    scorer = RougeScorer(["rougeLsum"])
    pairs = [("", ["words"]), ("words", [""]), ("", [""]), ("!?", ["words"]), ("words", ["...\n---"])]
    for _ in range(150):
        reference = text(generator, generator.randrange(1, 6))
        pairs.append((disturbed(generator, reference), [reference]))
    for _ in range(60):
        pairs.append((text(generator, generator.randrange(1, 6)), [text(generator, generator.randrange(1, 6))]))
    for _ in range(100):
        pairs.append((letters(generator), [letters(generator)]))
    for _ in range(35):
        pairs.append((letters(generator), [letters(generator) for _ in range(generator.randrange(2, 4))]))
    for prediction, references in pairs:
        score = scorer.score_multi(references, prediction)["rougeLsum"].fmeasure
        print(json.dumps({"prediction": prediction, "references": references, "score": score}, ensure_ascii=False))


if __name__ == "__main__":
    main()
