"""The bundled model end to end: real weights, a register of lighthouses, whole answers; tokens as on the CPU."""

import json

import torch
from measure import timed
from program import Decoder, PRECISIONS
from rounds import Sequence, Speculation, Source, over_rows

MOST_TOKENS, DRAFT_LENGTH, ROWS = 160, 6, 2000
SOURCES = [Source("plain decoding", "none"), Source("the target over rows of its cache", "rows")]

# As Java's checkpoint readers name what a Llama checkpoint has
NAMES = {
    "model.embed_tokens.weight": "embedding", "model.norm.weight": "norm", "lm_head.weight": "head.weight",
    "input_layernorm.weight": "input_norm", "post_attention_layernorm.weight": "feed_forward_norm",
    "self_attn.q_proj": "query", "self_attn.k_proj": "key", "self_attn.v_proj": "value", "self_attn.o_proj": "output",
    "mlp.gate_proj": "gate", "mlp.up_proj": "up", "mlp.down_proj": "down", "model.layers.": "layers.",
}


def own_name(name):
    for theirs, ours in NAMES.items():
        name = name.replace(theirs, ours)
    return name


def checkpoint(folder):
    from safetensors.torch import load_file

    return {own_name(name): weight for name, weight in load_file(folder / "model.safetensors").items()}


def answer(decoder, source, prompt, end):
    """-> the tokens of the answer, and how many of the drafted ones stood."""
    cache = decoder.read(prompt[:-1], MOST_TOKENS + 2 * DRAFT_LENGTH)
    target = Sequence(decoder, cache, len(prompt) - 1, prompt[-1:])
    drafting = over_rows(target, decoder, ROWS, MOST_TOKENS + 2 * DRAFT_LENGTH) if source.reads == "rows" else None
    speculation = Speculation(source, target, drafting)
    tokens, drafted, stood = [], 0, 0
    while len(tokens) < MOST_TOKENS and end not in tokens:
        draft, accepted, next_token = speculation.round(DRAFT_LENGTH)
        tokens += draft[:accepted] + [next_token]
        drafted, stood = drafted + len(draft), stood + accepted
    return (tokens + [end])[: (tokens + [end]).index(end)], drafted, stood


def run(report, session):
    from transformers import PreTrainedTokenizerFast

    folder = session.bundled
    config = json.loads((folder / "config.json").read_text())
    asked = json.loads((session.programs / "questions" / "lighthouses.json").read_text())
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    weights = checkpoint(folder)
    shape = config | {"hidden_act": "silu"}
    questions = asked["questions"][: session.questions]
    expected = {}
    for where, precision in (("cpu", "float32"), (str(session.device), "float32"), (str(session.device), "bfloat16")):
        moved = {name: weight.to(where, PRECISIONS[precision]) for name, weight in weights.items()}
        decoder = Decoder(session.program, shape, moved, session.chunk)
        for source in SOURCES:
            answers, right, drafted, stood, seconds, count = [], 0, 0, 0, 0.0, 0
            for question in questions:
                text = f"<|im_start|>user\n{asked['text']}\n\n{question['question']}<|im_end|>\n<|im_start|>assistant\n"
                prompt = tokenizer.encode(text, add_special_tokens=False)
                written = []
                seconds += timed(lambda: written.append(answer(decoder, source, prompt, end)), decoder.device)
                tokens, drafts, standing = written[0]
                answers.append(tokens)
                drafted, stood, count = drafted + drafts, stood + standing, count + len(tokens)
                right += tokenizer.decode(tokens).strip() == question["answer"].strip()
            case = f"{len(questions)} answers, {source.name}, {precision} on {where}"
            result = f"{right} right, {stood} of {drafted} drafted tokens stand; {count} tokens in {seconds:.2f} s with their prompts"
            exact = precision == "float32"
            passed = answers == expected.setdefault("answers", answers) if exact else None
            report.add(case, result, passed, right=right, seconds=seconds)
