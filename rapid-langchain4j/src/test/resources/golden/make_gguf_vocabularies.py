"""Makes gguf-vocabularies/: GGUF files without weights, one for each way to take text apart, and what their tokens are.

One byte-level vocabulary is trained across words, so that each pre-tokenizer leaves other tokens of it. The pre-tokenizers
are those of the published tokenizer.json of Llama 3.1, Qwen3, SmolLM2, GPT-2, MPT, Command R, Mistral NeMo, GPT-4o and
DeepSeek LLM, Coder and V3; expected ids are the tokenizers library's. The other vocabularies are SentencePiece's, with and
without a space put in front; expected ids are sentencepiece's own.

    pip install gguf==0.19.0 tokenizers sentencepiece && python make_gguf_vocabularies.py
"""

import io
import json
import random
from pathlib import Path

import gguf
import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

HERE = Path(__file__).parent
FOLDER = HERE / "gguf-vocabularies"
CONTROL = ["<|im_start|>", "<|im_end|>", "<｜end▁of▁sentence｜>"]
USER_DEFINED = ["<tool_call>", "      "]
# a token that no merge makes
WHOLE = "Ġzzqx"
FILLERS = 5

LLAMA_3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
TEKKEN = (
    rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
ENDING = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
GPT_4O = (
    rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+{ENDING}|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*{ENDING}"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
DEEPSEEK_3 = (
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
    "| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"
)
SCRIPTS = "[一-龥ࠀ-一가-퟿]+"
# what the file of DeepSeek LLM lists one by one: the letters with a case of Unicode 11, of which the lines have these
CASED = "A-Za-zµÀ-ÖØ-öø-ƺʰ-ͳΑ-ΡΣ-ϵА-ԯﬀ-ﬆ"

# expressions, whether digits stand alone, whether the text is composed, whether a word may be a token without merges
PRE_TOKENIZERS = {
    "llama-bpe": ([LLAMA_3], False, False, True),
    "qwen2": ([LLAMA_3.replace("{1,3}", "")], False, True, False),
    "gpt-2": ([], False, False, False),
    "mpt": ([], False, True, False),
    "smollm": ([], True, False, False),
    "command-r": ([], True, True, False),
    "tekken": ([TEKKEN], False, False, True),
    "gpt-4o": ([GPT_4O], False, False, False),
    "deepseek-llm": (
        ["[\r\n]", rf"\s?[{CASED}]+", r"\s?[!-/:-~！-／：-～‘-‟　-。]+", r"\s+$", SCRIPTS],
        True, False, False,
    ),
    "deepseek-coder": (["[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", SCRIPTS], True, False, False),
    "deepseek-v3": ([r"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", DEEPSEEK_3], False, False, False),
}

WORDS = """the quick brown fox jumps I've you'RE it'S don't O'Brien naïve Straße façade McDonald getElementById snake_case
HTTPServer Привет мир Ελληνικά μέρα 今天天气很好 東京都は日本の首都 カタカナ 한국어 문장 مرحبا بالعالم हिन्दी ไทย e\u0301 a\u0323\u0302
😶‍🌫️ 👨‍👩‍👧 🏳️‍🌈 🚀 7 42 365 1984 31415 271828 3.14 1,234 ١٢٣ ½ ² #include <vector> x={"k":[1,2]} f(x)->y; // ... --- ?! ，。！ “q” 's 'll
\u00a0 \u3000 \u200b ﬁ""".split()
UNSEEN = "zzqx <tool_call> <0x41> [PAD647]".split()
SEPARATORS = [" ", " ", " ", "", "", "  ", "    ", "\t", "\n", "\n\n", " \n", "\r\n", "\n        "]


def lines(seed, count, words):
    chosen = random.Random(seed)
    return [
        "".join(chosen.choice(words) + chosen.choice(SEPARATORS) for _ in range(chosen.randint(1, 14)))
        for _ in range(count)
    ]


def corpus():
    return lines(1, 2000, WORDS)


def expected_lines():
    return lines(2, 50, WORDS + UNSEEN)


def train_bytes():
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trained.train_from_iterator(
        corpus(), trainers.BpeTrainer(vocab_size=640, initial_alphabet=alphabet, show_progress=False)
    )
    model = json.loads(trained.to_str())["model"]
    return sorted(model["vocab"], key=model["vocab"].get), [tuple(merge) for merge in model["merges"]]


def writer(name, model, pre):
    result = gguf.GGUFWriter(FOLDER / f"{name}.gguf", "llama")
    result.add_tokenizer_model(model)
    result.add_tokenizer_pre(pre)
    return result


def close(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def byte_level(name, tokens, merges):
    expressions, digits, composed, whole = PRE_TOKENIZERS[name]
    all_tokens = tokens + [WHOLE] + CONTROL + USER_DEFINED
    types = [gguf.TokenType.NORMAL] * (len(tokens) + 1) + [gguf.TokenType.CONTROL] * len(CONTROL)
    types += [gguf.TokenType.USER_DEFINED] * len(USER_DEFINED) + [gguf.TokenType.UNUSED] * FILLERS
    out = writer(name, "gpt2", name)
    out.add_token_list(all_tokens + [f"[PAD{id}]" for id in range(len(all_tokens), len(types))])
    out.add_token_types(types)
    out.add_token_merges([" ".join(merge) for merge in merges])
    out.add_bos_token_id(all_tokens.index("<|im_start|>"))
    out.add_eos_token_id(all_tokens.index("<|im_end|>"))
    out.add_chat_template("{% for message in messages %}{{ bos_token + message['content'] + eos_token }}{% endfor %}")
    close(out)
    vocabulary = {text: id for id, text in enumerate(tokens + [WHOLE])}
    published = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, ignore_merges=whole))
    if composed:
        published.normalizer = normalizers.NFC()
    published.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(expression), "isolated") for expression in expressions]
        + [pre_tokenizers.Digits(individual_digits=True)] * digits
        + [pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=not expressions)]
    )
    published.decoder = decoders.ByteLevel()
    published.add_special_tokens([AddedToken(text, normalized=False, special=True) for text in CONTROL])
    published.add_tokens([AddedToken(text, normalized=False) for text in USER_DEFINED])
    return [published.encode(line).ids for line in expected_lines()]


def sentence_piece(name, prefixed):
    added = [] if prefixed else ["<tool_call>", "▁▁", "▁▁▁", "▁▁▁▁"]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(" ".join(line.split()) for line in corpus()),
        model_writer=model,
        model_type="bpe",
        vocab_size=900,
        byte_fallback=True,
        character_coverage=0.98,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        add_dummy_prefix=prefixed,
        allow_whitespace_only_pieces=True,
        control_symbols=CONTROL[:2],
        user_defined_symbols=added,
        minloglevel=2,
    )
    pieces = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    out = writer(name, "llama", "default")
    tokens, scores, types = [], [], []
    for id in range(pieces.vocab_size()):
        text, score, type = pieces.id_to_piece(id), pieces.get_score(id), gguf.TokenType.NORMAL
        if pieces.is_unknown(id):
            type = gguf.TokenType.UNKNOWN
        elif pieces.is_control(id):
            type = gguf.TokenType.CONTROL
        elif pieces.is_byte(id):
            type = gguf.TokenType.BYTE
        elif text in added:
            # as convert_hf_to_gguf.py writes the tokens that a tokenizer_config.json adds
            text, score, type = text.replace("▁", " "), -1000.0, gguf.TokenType.USER_DEFINED
        tokens.append(text)
        scores.append(score)
        types.append(type)
    out.add_token_list(tokens)
    out.add_token_scores(scores)
    out.add_token_types(types)
    out.add_eos_token_id(pieces.piece_to_id("<|im_end|>"))
    if not prefixed:
        out.add_add_space_prefix(False)
    close(out)
    return [pieces.encode(line) for line in expected_lines()]


def main():
    FOLDER.mkdir(exist_ok=True)
    tokens, merges = train_bytes()
    expected = {name: byte_level(name, tokens, merges) for name in PRE_TOKENIZERS}
    expected["sentencepiece"] = sentence_piece("sentencepiece", True)
    expected["sentencepiece-unprefixed"] = sentence_piece("sentencepiece-unprefixed", False)
    text = json.dumps({"lines": expected_lines(), "ids": expected}, separators=(",", ":"))
    (FOLDER / "expected.json").write_text(text)


main()
