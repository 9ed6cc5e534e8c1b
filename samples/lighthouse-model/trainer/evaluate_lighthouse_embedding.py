"""Counts the questions whose passages a lighthouse embedding model finds: all the sentences of the answer among the best passages, by each view.

    python evaluate_lighthouse_embedding.py MODEL_DIR [--tokens 2000 8000 16000 32000] [--questions 40] [--best 8] [--from PASSAGES.json]
    python evaluate_lighthouse_embedding.py MODEL_DIR --expected VIEWS.json

The second form writes what other implementations are compared with: a few texts in the three views, of each token vector the first four components.

The registers are drawn from seeds that training never uses, and cut like RAPID's splitter does into passages of up to 128 tokens of the lighthouse
model: two entries, or one if two are longer. PASSAGES.json holds others instead: [{"length", "passages": [text], "questions": [{"text", "answer",
"kind"}]}]. Names that training has never seen are counted apart.
"""
import argparse, json, random, re
import torch
from tokenizers import Tokenizer
from train_lighthouse import SENTENCES, one_entry, one_fact, register, several_entries
from train_lighthouse_embedding import RANKING_WEIGHTS, SEARCH_QUESTIONS, Encoder, combined, held_out, padded, scores

VIEWS = "dense", "lexical", "multi-vector", "hybrid"
DECODER_TOKENIZER = "../src/main/resources/dev/rapid4j/samples/lighthouse/lighthouse/tokenizer.json"


def load(directory):
    tokenizer = Tokenizer.from_file(directory + "/tokenizer.json")
    model = Encoder(tokenizer.get_vocab_size()).requires_grad_(False).eval()
    for part, file in (model.encoder, "pytorch_model.bin"), (model.sparse_linear, "sparse_linear.pt"), (model.colbert_linear, "colbert_linear.pt"):
        part.load_state_dict({k: v.float() for k, v in torch.load(directory + "/" + file).items()}, strict=False)
    return model, padded(tokenizer)


def cut(entries, count):
    out = [[]]
    for text in entries:
        if sum(map(count, out[-1])) + count(text) > 128:
            out.append([])
        out[-1].append(text)
    return ["\n\n".join(texts) for texts in out]


def drawn(tokens, questions, count):
    r = random.Random(10 ** 7 + tokens)
    entries = register(r, round(tokens / 64))

    def search(r, entries):
        i, (d, _) = r.randrange(4), r.choice(entries)
        return SEARCH_QUESTIONS[i].format(**d), SENTENCES[i].format(**d)

    kinds = {"FACT": one_fact, "ENTRY": one_entry, "SEVERAL_ENTRIES": several_entries, "SEARCH": search}
    asked = [dict(zip(("text", "answer"), ask(r, entries)), kind=kind) for kind, ask in kinds.items() for _ in range(questions)]
    return dict(length=tokens, passages=cut([t for _, t in entries], count), questions=asked)


def sentences(answer):
    return re.findall(r"The [^.]*", answer)  # the splitter may put the full stop into the next passage


def found(model, encode, passages, questions, best):
    """For each question: whether each view finds all, and whether its names are new."""
    texts = [q["text"] for q in questions]
    passage_views = [model(encode(passages[i:i + 32])) for i in range(0, len(passages), 32)]
    question_views = model(encode(texts))
    views = [torch.cat(v, 1) for v in zip(*(scores(question_views, p) for p in passage_views))]
    out = []
    for s in [*views, combined(views, RANKING_WEIGHTS)]:
        top = s.topk(min(best, len(passages)), 1).indices.tolist()
        # each sentence names its place, so it is the right one wherever it stands
        out.append([all(any(x in passages[j] for j in row) for x in sentences(q["answer"])) for row, q in zip(top, questions)])
    names = [re.findall(r" at (\S+ \S+) (?:stands|is|flashes|was)", q["answer"]) for q in questions]
    return list(zip(*out)), [any(map(held_out, n)) for n in names]


EXPECTED_TEXTS = ["Who keeps the light at Skerry Yarmark?", "The lamp at Mount Mamark flashes white every 59 seconds.\n\nThe tower at Bay Kenell was built",
                  "Quäle nie № 1893 in 東京!", ""]


def expected(model, encode):
    out = []
    for text in EXPECTED_TEXTS:
        ids = encode([text])
        dense, lexical, vectors, _ = model(ids)
        out.append(dict(text=text, ids=ids[0].tolist(), dense=dense[0].tolist(), lexicalWeights={i: lexical[0, i].item() for i in lexical[0].nonzero().flatten().tolist()},
                        tokenVectors=vectors[0, :, :4].tolist()))
    return out


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="counts questions whose passages are found")
    arguments.add_argument("model")
    arguments.add_argument("--tokens", type=int, nargs="+", default=[2000, 8000, 16000, 32000])
    arguments.add_argument("--questions", type=int, default=40, help="of each kind, for each length")
    arguments.add_argument("--best", type=int, default=8, help="how many passages")
    arguments.add_argument("--from", dest="file", help="passages and questions to use instead of drawn ones")
    arguments.add_argument("--show", type=int, default=0, help="missed questions to print")
    arguments.add_argument("--expected", help="the file of views to write; nothing is counted")
    a = arguments.parse_args()
    torch.set_num_threads(1)
    model, encode = load(a.model)
    if a.expected:
        with open(a.expected, "w") as file:
            json.dump(expected(model, encode), file, ensure_ascii=False)
        raise SystemExit
    decoder = Tokenizer.from_file(DECODER_TOKENIZER)
    count = lambda text: len(decoder.encode(text).ids)
    print("| register | questions | asked | " + " | ".join(VIEWS) + " |\n|---|---|---|" + "---|" * len(VIEWS))
    for case in json.load(open(a.file)) if a.file else (drawn(n, a.questions, count) for n in a.tokens):
        passages, questions = case["passages"], case["questions"]
        best = a.best * 128 // case.get("size", 128)
        hits, new = found(model, encode, passages, questions, best)
        kinds = list(dict.fromkeys(q["kind"] for q in questions))
        groups = {k: [h for h, q in zip(hits, questions) if q["kind"] == k] for k in kinds}
        groups["with a name unseen in training"] = [h for h, n in zip(hits, new) if n]
        for name, rows in groups.items():
            print(f"| {case['length']:,} tokens, best {best} of {len(passages)} | {name} | {len(rows)} | " + " | ".join(str(sum(x)) for x in zip(*rows)) + " |", flush=True)
        for q, h in list((q, h) for q, h in zip(questions, hits) if not h[-1])[:a.show]:
            print("  missed:", q["text"], h)
