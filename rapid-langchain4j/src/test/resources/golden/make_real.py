"""What transformers gives on the real models of .ci/with-models: tokens, greedy answers and the likelihood of a text.

    python make_real.py FOLDER LICENSE        # FOLDER: as RAPID_MODELS; LICENSE: the repository's; needs transformers, gguf

transformers itself decodes the GGUF files into float32 (it needs accelerate for that). Its tokenizers are the published
ones: byte-level BPE with the file's entries and merges, and the pre-tokenizer and normalizer of the published
tokenizer.json, since what transformers makes of these files' metadata alone lacks both; but for Gemma, of whose file it
makes the right one. Writes real/*.json beside this script; further arguments are the names of those that are to be made.
"""

import json
import random
import sys
from pathlib import Path

import torch
from gguf import GGUFReader
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer

# of Qwen2.5's tokenizer.json
QWEN_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CONTROL, USER_DEFINED = 3, 4

MODELS = {
    "smollm2": "SmolLM2-135M-Instruct-Q4_1.gguf",
    "qwen-coder": "Qwen2.5-Coder-0.5B-Instruct-Q4_K_M.gguf",
    "gemma3": "gemma-3-270m-Q4_K_M.gguf",
}

QUESTIONS = [
    "What is the capital of France?",
    "Name three colours.",
    "Write a Java method that adds two numbers.",
    "What is 7 plus 5?",
]
# for a model without a chat; behind the last stands more than one window of the license
TEXTS = ["The capital of France is", "Once upon a time", "def add(a, b):", ""]
LICENSE_TOKENS = 800
ANSWER_TOKENS = 40

# Scripts, numbers, white space and marks that pre-tokenizers cut at
WORDS = """the lighthouse keeper's don't WE'LL it'S naïve Zürich Straße façade İstanbul Ελλάδα Москва Київ שלום مرحبا नमस्ते
สวัสดี 東京 こんにちは 안녕하세요 你好 🙂 👩‍🚀 🇫🇷 e\u0301 ﬁ Ω ½ ² № 0 7 42 1999 3.14159 1,000,000 0x1F 1e-9 -5 +3 50% $9.99 #tag @me a_b
camelCase snake_case foo(bar) x[i] {"k": 1} <b> </b> <|x|> // /* */ != == -> => :: ... --- *** ~~~ ``` \\n \\t C:\\temp https://example.org/a?b=c&d
i++ && || !x ?. ¿qué? «oui» “quoted” ‘single’ – — … \u00a0 \u3000 \u200b \u00ad""".split()
SEPARATORS = [" ", " ", " ", " ", "", "  ", "   ", "\t", "\n", "\n\n", " \n", "\r\n", "\n    "]
LINES = 300


def lines():
    chosen = random.Random(14)
    return [
        "".join(chosen.choice(WORDS) + chosen.choice(SEPARATORS) for _ in range(chosen.randint(1, 12)))
        for _ in range(LINES)
    ]


def tokenizer(reader):
    field = lambda name: reader.fields["tokenizer.ggml." + name].contents()
    entries, types = field("tokens"), field("token_type")
    result = Tokenizer(
        models.BPE(
            vocab={entry: i for i, entry in enumerate(entries)},
            merges=[tuple(merge.split(" ", 1)) for merge in field("merges")],
        )
    )
    if field("pre") == "qwen2":
        result.normalizer = normalizers.NFC()
        result.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(QWEN_PATTERN), behavior="isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
    else:
        result.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        )
    result.decoder = decoders.ByteLevel()
    result.add_special_tokens([AddedToken(e, special=True) for e, t in zip(entries, types) if t == CONTROL])
    result.add_tokens([AddedToken(e) for e, t in zip(entries, types) if t == USER_DEFINED])
    return result


def greedy(model, ids):
    given = torch.tensor([ids])
    answer = model.generate(given, do_sample=False, max_new_tokens=ANSWER_TOKENS, attention_mask=torch.ones_like(given))
    return answer[0, len(ids) :].tolist()


def prompts(name):
    """The chat template's for one question, in the text that both published templates give for it."""
    system = {
        "smollm2": "You are a helpful AI assistant named SmolLM, trained by Hugging Face",
        "qwen-coder": "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.",
    }[name]
    start, end = "<|im_start|>", "<|im_end|>\n"
    for question in QUESTIONS:
        yield question, f"{start}system\n{system}{end}{start}user\n{question}{end}{start}assistant\n"


def log_likelihoods(model, ids):
    logits = model(torch.tensor([ids])).logits[0, :-1].log_softmax(-1)
    return logits.gather(1, torch.tensor(ids[1:]).unsqueeze(1))[:, 0]


def base_prompts(encode, license_text, bos):
    for text in TEXTS:
        yield text, [bos] + (encode(text) if text else encode(license_text)[:LICENSE_TOKENS])


def make(folder, license_text, name):
    reader = GGUFReader(folder / MODELS[name])
    encode = lambda text: tokenizer_of_file.encode(text, add_special_tokens=False).ids
    if name == "gemma3":
        tokenizer_of_file = AutoTokenizer.from_pretrained(folder, gguf_file=MODELS[name]).backend_tokenizer
        prompt_ids = base_prompts(encode, license_text, bos=2)
    else:
        tokenizer_of_file = tokenizer(reader)
        prompt_ids = ((question, encode(prompt)) for question, prompt in prompts(name))
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=MODELS[name], dtype=torch.float32).eval()
    text_ids = encode(license_text)
    with torch.no_grad():
        answers = []
        for question, ids in prompt_ids:
            answer = greedy(model, ids)
            answers.append(
                {"question": question, "prompt": ids, "answer": answer, "text": tokenizer_of_file.decode(answer)}
            )
        likelihood = log_likelihoods(model, text_ids)
    return {
        "lines": [encode(line) for line in lines()],
        "answers": answers,
        "license": {"tokens": len(text_ids), "negativeLogLikelihood": -likelihood.double().mean().item()},
    }


if __name__ == "__main__":
    torch.manual_seed(0)
    models_folder, license_file = Path(sys.argv[1]), Path(sys.argv[2])
    out = Path(__file__).parent / "real"
    out.mkdir(exist_ok=True)
    write = lambda name, content: (out / f"{name}.json").write_text(
        json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("],", "],\n") + "\n"
    )
    write("lines", lines())
    for each in sys.argv[3:] or MODELS:
        write(each, make(models_folder, license_file.read_text(), each))
