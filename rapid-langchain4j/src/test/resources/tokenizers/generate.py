"""Makes the small tokenizers in this folder, one for each kind that published checkpoints use.

    pip install tokenizers sentencepiece && python generate.py
"""

import base64
import json
import os
import tempfile
import unicodedata

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

CORPUS = [
    "The lighthouse of Skerry Head was built in 1873 and stands 41 metres above the sea.",
    "Its keeper, Ann Müller, lit the lamp each night; the light is seen for 22 miles.",
    "the the the light lighthouse keeper keepers lamp lamps the sea the sea and the coast",
    "user assistant system Grüße für den Leuchtturm, s'il vous plaît",
]


def save(tokenizer, name, edit=None):
    data = json.loads(tokenizer.to_str())
    if edit:
        edit(data)
    with open(name + ".json", "w") as file:
        json.dump(data, file, ensure_ascii=False, separators=(",", ":"))
    Tokenizer.from_file(name + ".json")


def special(content, **flags):
    return AddedToken(content, special=flags.pop("special", True), normalized=flags.pop("normalized", False), **flags)


def sentencepiece_bpe():
    """Llama 2: bytes as a fallback, control tokens inside the model's vocabulary."""
    bytes_ = [f"<0x{i:02X}>" for i in range(256)]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=420, special_tokens=["<unk>", "<s>", "</s>"] + bytes_)
    )
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return tokenizer


LLAMA2 = {"<unk>", "<s>", "</s>"}


def keep_added(data, contents):
    data["added_tokens"] = [token for token in data["added_tokens"] if token["content"] in contents]


def llama2(data):
    keep_added(data, LLAMA2)
    # what a careless conversion leaves behind: merges that spell a control token
    vocab = data["model"]["vocab"]
    for piece in ["<", "/", "s", ">", "</", "s>"]:
        vocab.setdefault(piece, len(vocab))
    data["model"]["merges"] += [["<", "/"], ["s", ">"], ["</", "s>"]]


def llama2_normalized(data):
    keep_added(data, LLAMA2)
    for token in data["added_tokens"]:
        token["normalized"] = True


save(sentencepiece_bpe(), "llama2", llama2)
save(sentencepiece_bpe(), "llama2-normalized", llama2_normalized)

# Mistral v0.3: Metaspace before the first piece only
mistral = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True))
mistral.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first", split=False)
mistral.train_from_iterator(
    CORPUS,
    trainers.BpeTrainer(
        vocab_size=430,
        special_tokens=["<unk>", "<s>", "</s>", "[INST]", "[/INST]"] + [f"<0x{i:02X}>" for i in range(256)],
    ),
)
mistral.decoder = decoders.Sequence(
    [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
)
save(mistral, "mistral3", lambda data: keep_added(data, {"<unk>", "<s>", "</s>", "[INST]", "[/INST]"}))

# T5, XLM-RoBERTa: a unigram model that knows its control tokens as pieces
unigram = Tokenizer(models.Unigram())
unigram.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
unigram.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
unigram.train_from_iterator(
    CORPUS,
    trainers.UnigramTrainer(vocab_size=160, special_tokens=["<s>", "</s>", "<unk>", "<mask>"], unk_token="<unk>"),
)
unigram.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
unigram.add_special_tokens([AddedToken("<mask>", special=True, lstrip=True, normalized=False)])
save(unigram, "unigram")

# Llama 3, Qwen, Phi: bytes, whole words looked up first, and added tokens of every sort
bytelevel = Tokenizer(models.BPE(ignore_merges=True))
bytelevel.normalizer = normalizers.NFC()
bytelevel.pre_tokenizer = pre_tokenizers.Sequence(
    [
        pre_tokenizers.Split(Regex(r"<\|?[a-z_]+\|?>|\p{L}+|\p{N}{1,3}|\s+|[^\s\p{L}\p{N}]+"), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]
)
bytelevel.train_from_iterator(
    CORPUS,
    trainers.BpeTrainer(
        vocab_size=340,
        special_tokens=["<|begin|>", "<|end|>", "<think>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    ),
)
bytelevel.decoder = decoders.ByteLevel()
bytelevel.add_tokens([special("<think>", special=False)])
bytelevel.add_special_tokens(
    [
        special("<|right|>", rstrip=True),
        special("<|left|>", lstrip=True),
        special("<|both|>", lstrip=True, rstrip=True, normalized=True),
        special("<|word|>", single_word=True),
        special("<|end|>text"),
    ]
)
bytelevel.add_tokens(
    [special("    ", special=False, normalized=True), special("naphtha", special=False), special("ü", special=False)]
)


def truncating(data):
    # as published by mistake here and there
    data["truncation"] = {"direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 0}
    data["padding"] = {
        "strategy": {"Fixed": 8},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "<|begin|>",
    }
    for token in data["added_tokens"]:
        token["special"] = token["special"] and token["content"] != "<think>"


save(bytelevel, "bytelevel", truncating)


# Runs of all sorts, with merges of every length in them: what a text looks like where it has no words
RUNS = [
    " " * 40 + "\n" * 20 + "\t" * 9 + "\n    \n    \n  \r\n\r\n",
    "aaaaaaaaaaaaaaaaa ababababab aab aab abb AAAAAAAA AAaaAAaa",
    "1111111 121212 123123123 4567 000000000000000 12 345",
    "........ ---------------- ==== !?!?!? ,;,;, ''''''' ...\n...\n",
    "灯台灯台東京東京タワータワー灯灯灯灯灯灯灯 。。、、灯、台。",
    "😀😀😀😀😀😀 🇩🇪🇩🇪 e\u0301e\u0301\u0301\u0301\u0301\u0301 éééé",
    *CORPUS,
]


def save_runs(tokenizer, name, special_tokens):
    tokenizer.train_from_iterator(
        RUNS * 3,
        trainers.BpeTrainer(
            vocab_size=900, special_tokens=special_tokens, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
        ),
    )
    save(tokenizer, name, lambda data: keep_added(data, {"<unk>", "<s>", "</s>"}))


runs = Tokenizer(models.BPE(ignore_merges=True))
runs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
runs.decoder = decoders.ByteLevel()
save_runs(runs, "runs-bytes", ["<s>", "</s>"])

runs = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
runs.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
runs.decoder = mistral.decoder
save_runs(runs, "runs-characters", ["<unk>", "<s>", "</s>"] + [f"<0x{i:02X}>" for i in range(256)])


# Text encoders, with what a text becomes
TEXTS = [
    "The lighthouse of Skerry Head",
    "",
    " \t\n ",
    "ﬁne ﬂow ①② ½ ™ Å ㎡",
    "ｆｕｌｌ　ｗｉｄｔｈ，１２",
    "Mu\u0308ller\u2019s cafe\u0301, na\u0131\u0308ve",
    "a\u0001b\u0000c\u200bd\u00ade\ufeff",
    "東京タワー 灯台",
    "سفينة ﷺ منارة",
    "👩\u200d👩\u200d👧 🇩🇪 ☃\ufe0f",
    "İstanbul ǅ ẞ ﬃ",
    "the  keeper   lit\r\nthe lamp ",
    "▁the ▁ lamp",
    "supercalifragilistic" * 8,
]


def charsmap():
    """The table of SentencePiece's own making, but for a few characters instead of all."""
    characters = [chr(c) for c in [*range(0xFF01, 0xFF5F), *range(0x2460, 0x2470)]] + list("ﬁﬂﬃ½™Å㎡ﷺ\u3000\u00a0ǅ")
    characters += [unicodedata.normalize("NFD", c) for c in "äëïöüÄÖÜéèà"]
    rules = {c: unicodedata.normalize("NFKC", c) for c in characters if not unicodedata.is_normalized("NFKC", c)}
    rules |= {chr(c): "" for c in [*range(1, 9), *range(14, 32), 0x7F, 0xAD, 0x200B, 0xFEFF]}
    rules |= {chr(c): " " for c in [9, 10, 13]}
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "rules.tsv"), "w") as file:
            for source, target in rules.items():
                file.write("\t".join(" ".join(f"{ord(c):X}" for c in side) for side in (source, target)) + "\n")
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(CORPUS * 50),
            model_prefix=os.path.join(folder, "model"),
            vocab_size=100,
            hard_vocab_limit=False,
            normalization_rule_tsv=os.path.join(folder, "rules.tsv"),
            minloglevel=2,
        )
        model = sentencepiece_model_pb2.ModelProto()
        with open(os.path.join(folder, "model.model"), "rb") as file:
            model.ParseFromString(file.read())
    return base64.b64encode(model.normalizer_spec.precompiled_charsmap).decode()


def precompiled(data):
    data["normalizer"]["normalizers"].insert(0, {"type": "Precompiled", "precompiled_charsmap": charsmap()})


def save_encoder(tokenizer, name, edit=None):
    save(tokenizer, name, edit)
    tokenizer = Tokenizer.from_file(name + ".json")
    with open(name + ".ids.json", "w") as file:
        json.dump({text: tokenizer.encode(text).ids for text in TEXTS}, file)


xlm_roberta = Tokenizer(models.Unigram())
xlm_roberta.normalizer = normalizers.Sequence([normalizers.Replace(Regex(" {2,}"), " ")])
xlm_roberta.pre_tokenizer = pre_tokenizers.Sequence(
    [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
)
xlm_roberta.train_from_iterator(
    CORPUS,
    trainers.UnigramTrainer(
        vocab_size=120, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"], unk_token="<unk>"
    ),
)
xlm_roberta.post_processor = processors.TemplateProcessing(
    single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
)
xlm_roberta.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
save_encoder(xlm_roberta, "xlm-roberta", precompiled)

bert = Tokenizer(models.WordPiece(unk_token="[UNK]"))
bert.normalizer = normalizers.BertNormalizer()
bert.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
bert.train_from_iterator(
    CORPUS, trainers.WordPieceTrainer(vocab_size=150, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
)
bert.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
bert.decoder = decoders.WordPiece()
save_encoder(bert, "bert")
