"""transformers with the same random weights behind the same context: its prefill, plain decoding and assisted generation.

How many drafted tokens stand is drawn, as in loop.py: transformers makes every pass, and its verdict is replaced."""

import statistics
import time

import torch
from loop import expected_tokens, stand
from measure import timed
from program import PRECISIONS, random_ids, random_weights

DRAFT_LENGTH, CHANCE = 10, 0.8
PROJECTIONS = {
    "query": "self_attn.q_proj", "key": "self_attn.k_proj", "value": "self_attn.v_proj", "output": "self_attn.o_proj",
    "gate": "mlp.gate_proj", "up": "mlp.up_proj", "down": "mlp.down_proj",
    "input_norm": "input_layernorm", "feed_forward_norm": "post_attention_layernorm",
}


def their_name(name):
    if not name.startswith("layers."):
        return {"embedding": "model.embed_tokens.weight", "norm": "model.norm.weight", "head.weight": "lm_head.weight"}[name]
    _, layer, own, *kind = name.split(".")
    return f"model.layers.{layer}.{PROJECTIONS[own]}.{kind[0] if kind else 'weight'}"


def model_of(shape, device, dtype):
    from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

    classes = {"llama": (LlamaConfig, LlamaForCausalLM), "qwen2": (Qwen2Config, Qwen2ForCausalLM)}
    config_class, model_class = classes[shape["model_type"]]
    own = {name: value for name, value in shape.items() if name not in ("architectures", "model_type", "torch_dtype")}
    config = config_class(**own)
    config._attn_implementation = "sdpa"
    with torch.device("meta"):
        model = model_class(config)
    state = {their_name(name): weight for name, weight in random_weights(shape, device, dtype).items()}
    missing, unexpected = model.load_state_dict(state, assign=True, strict=False)
    if model.config.tie_word_embeddings:
        model.lm_head.weight = model.model.embed_tokens.weight
        missing = [name for name in missing if name != "lm_head.weight"]
    if missing or unexpected:
        raise ValueError(f"weights missing {missing}, without a place {unexpected}")
    model.model.rotary_emb = LlamaRotaryEmbedding(config, device=device)
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = 0
    return model.eval()


class Times:
    """A streamer that remembers when tokens came, and how many."""

    def __init__(self):
        self.at, self.counts, self.prompt = [], [], True

    def put(self, tokens):
        if self.prompt:
            self.prompt = False
            return
        self.at.append(time.perf_counter())
        self.counts.append(tokens.numel())

    def end(self):
        pass

    def intervals(self):
        return [b - a for a, b in zip(self.at, self.at[1:])][1:]


def forced(chance):
    """In the place of transformers' verdict on a draft; what it computes is computed."""
    import transformers.generation.utils as utils

    original, random = utils._speculative_sampling, torch.Generator().manual_seed(1)

    def verdict(candidates, candidate_logits, length, new_logits, done, **others):
        original(candidates, candidate_logits, length, new_logits, done, **others)
        count = stand(chance, length, random)
        return candidates[:, -length:][:, : min(count + 1, length)] if count == length else torch.cat(
            [candidates[:, candidates.shape[1] - length : candidates.shape[1] - length + count], candidates[:, -1:]], -1
        ), torch.tensor(count if count < length else length - 1)

    utils._speculative_sampling = verdict
    return lambda: setattr(utils, "_speculative_sampling", original)


def run(report, session):
    from transformers import DynamicCache, __version__

    session.forget()
    device = session.device
    dtype = PRECISIONS["bfloat16" if device.type == "cuda" else "float32"]
    context = session.contexts[-1]
    model = model_of(session.shape(session.large_shape), device, dtype)
    report.add("transformers", f"{__version__}, scaled dot product attention, dynamic cache")
    ids = torch.tensor([random_ids(context, model.config.vocab_size)], device=device)
    cache = DynamicCache(config=model.config)

    def prefill():
        model(ids[:, :-1], past_key_values=cache, use_cache=True, logits_to_keep=1)

    seconds = timed(prefill, device)
    report.add(f"prefill of {context:,} at once", f"{context / seconds:,.0f} tokens/s", tokensPerSecond=context / seconds)

    def generate(tokens, **choices):
        cache.crop(context - 1)
        times = Times()
        model.generate(
            ids, attention_mask=torch.ones_like(ids), past_key_values=cache, max_new_tokens=tokens, streamer=times, **choices
        )
        return times

    def plain():
        intervals = generate(session.generated, do_sample=False).intervals()
        speed = 1 / statistics.median(intervals)
        report.add(f"{context:,} cached, plain decoding", f"{speed:.1f} tokens/s", tokensPerSecond=speed)

    def assisted():
        assistant = model_of(session.shape(session.small_shape), device, dtype)
        assistant.generation_config.update(
            num_assistant_tokens=DRAFT_LENGTH, num_assistant_tokens_schedule="constant", assistant_confidence_threshold=0.0
        )
        restore = forced(CHANCE)
        try:
            times = generate(session.generated, do_sample=True, assistant_model=assistant)
        finally:
            restore()
        # the first round has the assistant's prefill in it, the last ones are cut
        seconds = statistics.median(times.intervals()[:-2])
        speed = expected_tokens(CHANCE, DRAFT_LENGTH) / seconds
        report.add(
            f"{context:,} cached, assisted by the smaller drafter over the whole text, drafts of {DRAFT_LENGTH}, {CHANCE:.0%} stand",
            f"{speed:.1f} tokens/s; {1e3 * seconds:.1f} ms a round",
            tokensPerSecond=speed,
        )

    report.attempt("plain decoding", plain, seconds=5)
    report.attempt("assisted generation", assisted, seconds=15)
