"""Makes the small tokenizers in this folder, one for each kind that published checkpoints use.

    pip install tokenizers && python generate.py
"""

import json

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

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
