"""Trains the lighthouse embedding model: a small XLM-RoBERTa encoder with the three views of BGE-M3, for passages of registers of lighthouses.

    python train_lighthouse_embedding.py OUT_DIR [SECONDS]

It is trained as BGE-M3 was fine-tuned (Chen et al., M3-Embedding, arXiv 2402.03216): for each of the dense, the lexical and the multi-vector view a
contrastive loss, one for their sum, and from that sum the self-distillation of each view. The negatives of a question are all other passages of the
same register, in which names share syllables. A quarter of all names never occurs in training.
"""
import argparse, json, math, os, random, re, time, zlib
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from torch import nn
from torch.nn import functional as F
from transformers import XLMRobertaConfig, XLMRobertaModel
from train_lighthouse import (COAST, COLOUR, ENTRY_QUESTIONS, FACT_QUESTIONS, FIRST_SYLLABLE, FORENAME, KIND, LAST_SYLLABLE, SENTENCES, SURNAME_END,
                              SURNAME_START, Muon, lighthouse)

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
START, PAD, END, UNKNOWN = range(4)
WIDTH, MLP_WIDTH, LAYERS, HEADS, MOST_TOKENS = 128, 512, 3, 4, 512
TEMPERATURE = 0.02
TRAINING_WEIGHTS, RANKING_WEIGHTS = (1.0, 0.3, 1.0), (0.4, 0.2, 0.4)  # of dense, lexical and multi-vector; paper and model card
LOSS_WEIGHTS = (1.0, 0.1, 1.0)


# ---- passages and questions -----------------------------------------------------------------------------------------------------
SEARCH_QUESTIONS = ["Which lighthouse stands {height} metres tall on the {coast} coast?", "Which light is kept by {keeper}?",
                    "Which lamp flashes {colour} every {seconds} seconds?", "Which tower was built in {year}?"]  # as FACT_QUESTIONS, without the name


def held_out(place):
    return zlib.crc32(place.split()[1].encode()) % 4 == 0


def made_up(r):
    """A name of a place from other syllables than the registers'."""
    letters = lambda s: r.choice(s.split())
    return r.choice(KIND) + " " + "".join(letters("b br c d dr f g gr h k l m n p r s st t tr v w z") + letters("a e i o u ae ei ou") +
                                          letters("l m n r s t nd rk _").strip("_") for _ in range(r.randint(1, 3))).capitalize()


def lighthouses(r, n):
    """n lighthouses with different names, none held out; in some registers the names are made from few syllables, in some from any letters."""
    kind, k = r.random(), 3 + math.ceil(math.sqrt(n))
    few = [r.sample(KIND, 3), r.sample(FIRST_SYLLABLE, min(k, len(FIRST_SYLLABLE))), r.sample(LAST_SYLLABLE, min(k, len(LAST_SYLLABLE)))]
    out = {}
    while len(out) < n:
        d = lighthouse(r, *(few if kind < 0.3 else []))
        if kind > 0.8:
            d["place"] = made_up(r)
        if not held_out(d["place"]):
            out[d["place"]] = d
    return list(out.values())


def passages(r, entries, size):
    """The register cut into passages of about `size` entries: their texts, and for each which sentences (entry, number) it holds whole."""
    texts, holds, whole = [], [], size >= 1 and r.random() < 0.6  # the splitter keeps entries whole if it can
    flat = [(e, i, s.format(**d)) for e, d in enumerate(entries) for i, s in enumerate(SENTENCES)]
    at = 0
    while at < len(flat):
        end = min(at + max(1, round(4 * size) + (0 if whole else r.randint(-2, 2))), len(flat))
        run = flat[at:end]
        text = "".join((" " if i else "\n\n") + s for _, i, s in run).strip()
        first, last = 0, len(run)
        if not whole and len(run) > 2 and r.random() < 0.3:  # its first and its last sentence cut
            text = text[r.randrange(len(run[0][2])):len(text) - r.randrange(1, len(run[-1][2]))]
            first, last = 1, len(run) - 1
        texts.append(". " + text if not whole and r.random() < 0.2 else text)
        holds.append({(e, i) for e, i, _ in run[first:last]})
        at = end
    return texts, holds


def question(r, entries):
    """Its text, and the sentences (entry, number) that answer it."""
    kind, e, i = r.random(), r.randrange(len(entries)), r.randrange(len(SENTENCES))
    d, all_of = entries[e], lambda es: {(x, y) for x in es for y in range(len(SENTENCES))}
    if kind < 0.3:
        chosen = r.sample(range(len(entries)), r.randint(2, min(3, len(entries))))
        names = [entries[c]["place"] for c in chosen]
        return "Quote the entries for " + ", ".join(names[:-1]) + " and " + names[-1] + ".", all_of(chosen)
    if kind < 0.55:
        return r.choice(ENTRY_QUESTIONS).format(**d), all_of([e])
    if kind < 0.85:
        return FACT_QUESTIONS[i].format(**d), {(e, i)}
    text = SEARCH_QUESTIONS[i].format(**d)
    return text, {(x, i) for x, other in enumerate(entries) if SEARCH_QUESTIONS[i].format(**other) == text}


def batch(r, encode, size, entries, questions):
    entries = lighthouses(r, entries)
    texts, holds = passages(r, entries, size)
    asked = [question(r, entries) for _ in range(questions)]
    relevant = torch.tensor([[bool(answer & held) for held in holds] for _, answer in asked])
    some = relevant.any(1)  # a sentence may have been cut in two
    return encode([q for (q, _), keep in zip(asked, some) if keep]), encode(texts), relevant[some]


# ---- tokenizer ------------------------------------------------------------------------------------------------------------------
def make_tokenizer():
    """Its pieces are the words, the syllables and the numbers of registers, and single characters for everything else. (Trained on registers, a
    unigram tokenizer takes whole names for words and knows no syllables.)"""
    words = re.sub("{.*?}", " ", " ".join(SENTENCES + ENTRY_QUESTIONS + FACT_QUESTIONS + SEARCH_QUESTIONS + ["Quote the entries for and"]))
    pieces = {piece: 0.0 for piece in SPECIAL}
    for score, level in [(-5, ["▁" + w for w in re.findall("[a-zA-Z]+", words) + KIND + FORENAME + COLOUR + COAST]),
                         (-6, ["▁" + w.capitalize() for w in FIRST_SYLLABLE + SURNAME_START] + LAST_SYLLABLE + SURNAME_END + ["\n\n", "The"]),
                         (-6, ["▁" + str(n) for n in range(2, 100)] + [f"{n:02}" for n in range(100)]),
                         (-9, ["▁", "\n", "ö"] + [chr(c) for c in range(33, 127)])]:
        for piece in level:
            pieces.setdefault(piece, float(score))
    t = Tokenizer(models.Unigram(list(pieces.items()), UNKNOWN, False))
    t.add_special_tokens(SPECIAL)
    t.normalizer = normalizers.NFKC()
    t.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    t.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    t.post_processor = processors.TemplateProcessing(single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", START), ("</s>", END)])
    return t


# ---- model ----------------------------------------------------------------------------------------------------------------------
class Encoder(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.config = XLMRobertaConfig(
            vocab_size=vocabulary, hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=HEADS, intermediate_size=MLP_WIDTH, hidden_act="gelu",
            hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, max_position_embeddings=MOST_TOKENS + 2, type_vocab_size=1, initializer_range=0.05,
            layer_norm_eps=1e-5, pad_token_id=PAD, bos_token_id=START, eos_token_id=END, architectures=["XLMRobertaModel"])
        self.encoder = XLMRobertaModel(self.config)
        self.sparse_linear, self.colbert_linear = nn.Linear(WIDTH, 1), nn.Linear(WIDTH, WIDTH)

    def forward(self, ids):
        """ids [batch, tokens], padded: dense [batch, width], lexical [batch, vocabulary], token vectors [batch, tokens - 1, width] with
        zeros for padding, and which are not padding."""
        mask = ids != PAD
        hidden = self.encoder(input_ids=ids, attention_mask=mask.long()).last_hidden_state.float()
        dense = F.normalize(hidden[:, 0], dim=-1)
        weights = F.relu(self.sparse_linear(hidden)).squeeze(-1).float()
        lexical = torch.zeros(len(ids), self.config.vocab_size).scatter_reduce(1, ids, weights, "amax")
        lexical = lexical * (torch.arange(self.config.vocab_size) > UNKNOWN)
        vectors = F.normalize(self.colbert_linear(hidden[:, 1:]).float(), dim=-1) * mask[:, 1:, None]
        return dense, lexical, vectors, mask[:, 1:]


def scores(question_views, passage_views):
    """The scores [questions, passages] of the three views."""
    dense, lexical, vectors, mask = question_views
    passage_dense, passage_lexical, passage_vectors, passage_mask = passage_views
    with torch.autocast("cpu", torch.bfloat16, enabled=vectors.requires_grad):  # most of a training step is spent here
        similarity = vectors.flatten(0, 1) @ passage_vectors.flatten(0, 1).T
    best = similarity.unflatten(1, passage_mask.shape).unflatten(0, mask.shape).max(-1).values.float()  # [questions, tokens, passages]
    late = best.sum(1) / mask.sum(1, keepdim=True)
    return dense @ passage_dense.T, lexical @ passage_lexical.T, late


def combined(views, weights):
    return sum(w * s for w, s in zip(weights, views))


def losses(views, relevant):
    """Contrastive with every relevant passage in turn the right one among all that are not, then towards the distribution of the three views' sum."""
    together = combined(views, TRAINING_WEIGHTS)

    def contrastive(s):
        s = s / TEMPERATURE
        others = s.masked_fill(relevant, float("-inf")).logsumexp(1, keepdim=True)
        each = (torch.logaddexp(s, others) - s).masked_fill(~relevant, 0)
        return (each.sum(1) / relevant.sum(1)).mean()

    teacher = (together.detach() / TEMPERATURE).softmax(1)
    distilled = [-(teacher * (s / TEMPERATURE).log_softmax(1)).sum(1).mean() for s in views]
    own = [contrastive(s) for s in views]
    total = (combined(own, LOSS_WEIGHTS) + contrastive(together)) / 4 + combined(distilled, LOSS_WEIGHTS) / 3
    return total / 2, own, contrastive(together)


# ---- training -------------------------------------------------------------------------------------------------------------------
LEARNING_RATE = 1e-3
SHAPES = [(0.1, 0.5, 48), (0.2, 1, 80), (0.5, 2, 128), (0.1, 4, 128), (0.1, 8, 128)]  # share of steps, entries of a passage, entries of a register
QUESTIONS = 96


def padded(tokenizer):
    tokenizer.enable_padding(pad_id=PAD, pad_token="<pad>")
    tokenizer.enable_truncation(MOST_TOKENS)
    return lambda texts: torch.tensor([e.ids for e in tokenizer.encode_batch(texts)])


def main(out, budget, seed):
    torch.manual_seed(seed)
    tokenizer = make_tokenizer()
    model = Encoder(tokenizer.get_vocab_size())
    averaged = {k: v.clone() for k, v in model.state_dict().items()}
    hidden = [p for n, p in model.named_parameters() if p.dim() == 2 and ".layer." in n]
    others = [p for n, p in model.named_parameters() if not (p.dim() == 2 and ".layer." in n) and ".pooler." not in n]
    optimisers = [torch.optim.AdamW(others, betas=(0.9, 0.98), weight_decay=0.0, fused=True), Muon(hidden)]
    encode, r, step, began, saved, running = padded(tokenizer), random.Random(seed), 0, time.time(), time.time(), None
    while (spent := (time.time() - began) / budget) < 1:
        _, size, entries = r.choices(SHAPES, [s[0] for s in SHAPES])[0]
        questions, texts, relevant = batch(r, encode, size, entries, QUESTIONS)
        with torch.autocast("cpu", torch.bfloat16):
            views = model(questions), model(texts)
        loss, own, together = losses(scores(*views), relevant)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimiser in optimisers:
            for group in optimiser.param_groups:
                group["lr"] = LEARNING_RATE * min(1, (step + 1) / 50) * (1 - spent)
            optimiser.step()
            optimiser.zero_grad()
        step += 1
        with torch.no_grad():
            for k, p in model.state_dict().items():
                averaged[k].lerp_(p, max(0.02, 1 / (step + 1))) if p.is_floating_point() else averaged[k].copy_(p)
        now = torch.stack([*own, together]).detach()
        running = now if running is None else running.lerp(now, 0.04)
        if step % 25 == 0:
            print(f"step {step} {time.time() - began:.0f} s, contrastive losses: " +
                  ", ".join(f"{n} {x:.3f}" for n, x in zip(("dense", "lexical", "multi-vector", "sum"), running.tolist())), flush=True)
        if time.time() - saved > 300:
            export(averaged, model.config, tokenizer, out)
            saved = time.time()
    export(averaged, model.config, tokenizer, out)


def export(weights, config, tokenizer, out):
    """The layout in which BAAI/bge-m3 is published, with weights in half precision."""
    os.makedirs(out + "/1_Pooling", exist_ok=True)
    half = lambda prefix: {k[len(prefix):]: v.half().contiguous() for k, v in weights.items() if k.startswith(prefix)}
    parts = {"pytorch_model.bin": {k: v for k, v in half("encoder.").items() if v.is_floating_point()},
             "sparse_linear.pt": half("sparse_linear."), "colbert_linear.pt": half("colbert_linear.")}
    for name, part in parts.items():
        torch.save(part, out + "/" + name)

    def write(name, content):
        with open(out + "/" + name, "w") as file:
            json.dump(content, file, indent=1)

    config.dtype = "float16"
    write("config.json", {k: v for k, v in config.to_dict().items() if v is not None})
    write("tokenizer_config.json", {"tokenizer_class": "XLMRobertaTokenizer", "bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>",
                                    "pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>", "model_max_length": MOST_TOKENS})
    write("modules.json", [{"idx": i, "name": str(i), "path": path, "type": "sentence_transformers.models." + kind}
                           for i, (path, kind) in enumerate([("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")])])
    write("sentence_bert_config.json", {"max_seq_length": MOST_TOKENS, "do_lower_case": False})
    write("1_Pooling/config.json", {"word_embedding_dimension": WIDTH, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False,
                                    "pooling_mode_max_tokens": False, "pooling_mode_mean_sqrt_len_tokens": False})
    plain = Tokenizer.from_str(tokenizer.to_str())
    plain.no_padding()
    plain.no_truncation()
    plain.save(out + "/tokenizer.json")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="trains the lighthouse embedding model")
    arguments.add_argument("out", help="the folder to write, every five minutes and at the end")
    arguments.add_argument("seconds", type=float, nargs="?", default=2400, help="how long to train; the learning rate falls to nothing over this time")
    arguments.add_argument("--seed", type=int, default=3)
    a = arguments.parse_args()
    main(a.out, a.seconds, a.seed)
