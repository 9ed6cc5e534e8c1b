"""Makes model.gguf in folders of architectures/, as llama.cpp's conversion names, orders, joins and scales what they hold.

What llama.cpp has no metadata for is not converted: windows of Mistral and StarCoder2, layers without rotation of SmolLM3
other than every fourth, dense layers among those with experts.

    pip install gguf==0.19.0 torch safetensors && python make_gguf_architectures.py [name ...]
"""

import json
import math
import pathlib
import sys

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Type
from safetensors.torch import load_file

HERE = pathlib.Path(__file__).parent / "architectures"
NAMES = {
    "gemma2": "gemma2", "gemma3": "gemma3", "phi3": "phi3", "phi3-longrope": "phi3", "phi4-mini": "phi3", "granite": "granite",
    "granite-moe": "granitemoe", "olmo2": "olmo2", "olmo3": "olmo2", "mixtral": "llama", "olmoe": "olmoe",
    "cohere": "command-r", "cohere-plus": "command-r", "cohere2": "cohere2", "stablelm": "stablelm",
    "stablelm-parallel": "stablelm",
    "qwen2-moe": "qwen2moe", "qwen3-moe-alike": "qwen3moe", "smollm3-fourth": "smollm3", "starcoder2-full": "starcoder2",
    "gpt-oss": "gpt-oss", "gpt-oss-mxfp4": "gpt-oss",
    # whose layers are the same; InternLM3 itself becomes a llama
    "internlm3": "internlm2",
    "ministral3": "mistral3",
}
PERMUTED = {"llama", "mistral3", "granite", "granitemoe", "internlm2", "smollm3"}


def main():
    for name in sys.argv[1:] or NAMES:
        folder = HERE / name
        config = json.loads((folder / "config.json").read_text())
        config = config.get("text_config", config)
        writer = gguf.GGUFWriter(folder / "model.gguf", NAMES[name])
        add_network(writer, config, NAMES[name])
        add_tokenizer(writer, config)
        for tensor_name, tensor in converted(load_file(folder / "model.safetensors"), config, NAMES[name]):
            if tensor.dtype == torch.uint8:
                writer.add_tensor(tensor_name, tensor.numpy(), raw_dtype=Type.MXFP4)
                continue
            data = tensor.float().numpy()
            single = data.ndim < 2 or "norm" in tensor_name or "_gate_inp" in tensor_name or not tensor_name.endswith(".weight")
            kind = Type.F32 if single else Type.BF16
            writer.add_tensor(tensor_name, gguf.quants.quantize(np.ascontiguousarray(data), kind), raw_dtype=kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        print(name)


def add_network(writer, config, architecture):
    rope = config.get("rope_parameters") or {}
    rope = rope.get("full_attention", rope)
    heads = config["num_attention_heads"]
    width = config.get("head_dim") or config["hidden_size"] // heads
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_vocab_size(config["vocab_size"])
    if architecture in ("command-r", "cohere2", "stablelm"):
        writer.add_layer_norm_eps(config["layer_norm_eps"])
    elif architecture == "starcoder2":
        writer.add_layer_norm_eps(config["norm_epsilon"])
    else:
        writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    if "head_dim" in config:
        writer.add_key_length(width)
        writer.add_value_length(width)
    if config.get("num_local_experts") or config.get("num_experts"):
        writer.add_expert_count(config.get("num_local_experts") or config["num_experts"])
        writer.add_expert_used_count(config["num_experts_per_tok"])
    if architecture in ("qwen2moe", "qwen3moe"):
        writer.add_expert_feed_forward_length(config["moe_intermediate_size"])
    if architecture == "qwen2moe":
        writer.add_expert_shared_feed_forward_length(config["shared_expert_intermediate_size"])
    if architecture == "gpt-oss":
        writer.add_expert_feed_forward_length(config["intermediate_size"])
    if architecture in ("phi3", "stablelm", "cohere2"):
        writer.add_rope_dimension_count(int(rope.get("partial_rotary_factor", 1.0) * width))
    if architecture in ("gemma2", "gemma3", "cohere2", "gpt-oss") or (architecture == "olmo2" and config.get("sliding_window")):
        writer.add_sliding_window(config["sliding_window"])
    if architecture == "gemma2":
        writer.add_attn_logit_softcapping(config["attn_logit_softcapping"])
        writer.add_final_logit_softcapping(config["final_logit_softcapping"])
    if architecture in ("gemma3", "olmo2") and config.get("layer_types"):
        writer.add_sliding_window_pattern([kind == "sliding_attention" for kind in config["layer_types"]])
    if architecture == "gemma3":
        writer.add_rope_freq_base_swa(config["rope_parameters"]["sliding_attention"]["rope_theta"])
    if architecture.startswith("granite"):
        writer.add_attention_scale(config["attention_multiplier"])
        writer.add_embedding_scale(config["embedding_multiplier"])
        writer.add_residual_scale(config["residual_multiplier"])
        writer.add_logit_scale(config["logits_scaling"])
    if architecture in ("command-r", "cohere2"):
        writer.add_logit_scale(config["logit_scale"])
        writer.add_rope_scaling_type(gguf.RopeScalingType.NONE)
    if architecture == "stablelm":
        writer.add_parallel_residual(config["use_parallel_residual"])
    if architecture == "phi3":
        writer.add_sliding_window(config.get("sliding_window") or 0)
        original = rope.get("original_max_position_embeddings") or config["original_max_position_embeddings"]
        stretch = config["max_position_embeddings"] / original
        writer.add_rope_scaling_orig_ctx_len(original)
        writer.add_rope_scaling_attn_factors(math.sqrt(1 + math.log(stretch) / math.log(original)) if stretch > 1 else 1.0)
    if rope["rope_type"] == "yarn":
        if architecture == "gpt-oss":
            writer.add_rope_scaling_yarn_beta_fast(rope["beta_fast"])
            writer.add_rope_scaling_yarn_beta_slow(rope["beta_slow"])
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(rope["factor"])
        if architecture == "mistral3":
            writer.add_rope_scaling_yarn_log_mul(rope["mscale_all_dim"])
            writer.add_attn_temperature_scale(rope["llama_4_scaling_beta"])
        if "attention_factor" in rope:
            writer.add_rope_scaling_attn_factors(rope["attention_factor"] / (0.1 * math.log(rope["factor"]) + 1))
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])


def add_tokenizer(writer, config):
    """The tests read no text."""
    printable = [chr(code) for code in range(33, 127)] + [chr(code) for code in range(161, 500)]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    tokens = printable[:config["vocab_size"] - 1]
    writer.add_token_list([*tokens, tokens[0] + tokens[1]])
    writer.add_token_types([gguf.TokenType.NORMAL] * config["vocab_size"])
    writer.add_token_merges([f"{tokens[0]} {tokens[1]}"])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_add_bos_token(False)


def converted(tensors, config, architecture):
    names = gguf.get_tensor_name_map(
        next(key for key, value in gguf.MODEL_ARCH_NAMES.items() if value == architecture), config["num_hidden_layers"])
    rope = config.get("rope_parameters") or {}
    if architecture == "phi3" and rope.get("long_factor"):
        yield "rope_factors_long.weight", torch.tensor(rope["long_factor"])
        yield "rope_factors_short.weight", torch.tensor(rope["short_factor"])
    tensors = separate(tensors) if architecture == "gpt-oss" else together(tensors, config)
    for name, tensor in sorted(tensors.items()):
        if name.startswith(("vision_tower.", "multi_modal_projector.")):
            continue
        name = name.removeprefix("language_model.")
        if name == "lm_head.weight" and config["tie_word_embeddings"]:
            continue
        if architecture.startswith("gemma") and name.endswith("norm.weight"):
            tensor = tensor.float() + 1
        if architecture in PERMUTED and name.endswith(("q_proj.weight", "q_proj.bias", "k_proj.weight", "k_proj.bias")):
            heads = config["num_attention_heads" if "q_proj" in name else "num_key_value_heads"]
            tensor = tensor.reshape(heads, 2, -1, *tensor.shape[1:]).swapaxes(1, 2).reshape(tensor.shape)
        if name.endswith("shared_expert_gate.weight"):
            tensor = tensor.squeeze(0)
        yield names.get_name(name, try_suffixes=(".weight", ".bias")), tensor


def separate(tensors):
    """Of gpt-oss: gate and up each by itself, [experts, out, in], and MXFP4 in the blocks of ggml."""
    separated = {}
    for name, tensor in tensors.items():
        if name.endswith("_scales"):
            continue
        if name.endswith("_blocks"):
            name, tensor = name.removesuffix("_blocks"), as_ggml(tensor, tensors[name.replace("_blocks", "_scales")])
        elif name.endswith(("experts.gate_up_proj", "experts.down_proj")):
            tensor = tensor.transpose(1, 2)
        kind = ".bias" if name.endswith("_bias") else ".weight"
        module = name.removesuffix("_bias")
        if module.endswith("experts.gate_up_proj"):
            separated[module.replace("gate_up_proj", "gate_proj") + kind] = tensor[:, ::2].contiguous()
            separated[module.replace("gate_up_proj", "up_proj") + kind] = tensor[:, 1::2].contiguous()
        elif module.endswith("experts.down_proj"):
            separated[module + kind] = tensor
        else:
            separated[name + (".weight" if name.endswith("sinks") else "")] = tensor
    return separated


def as_ggml(blocks, scales):
    """Bytes of neighbours [..., blocks, 16] as [..., blocks * 17]: the scale, then each element beside the sixteenth behind it."""
    codes = torch.stack([blocks & 15, blocks >> 4], -1).flatten(-2)
    return torch.cat([scales.unsqueeze(-1), codes[..., :16] | codes[..., 16:] << 4], -1).flatten(-2).contiguous()


def together(tensors, config):
    """The experts of a layer as one tensor, and so the norms of its heads; Granite's gate and up each by itself."""
    stacked, single = {}, {}
    for name, tensor in tensors.items():
        parts = name.split(".")
        number = next((i for i in range(4, len(parts)) if parts[i].isdigit()), None)
        if number is not None:
            whole = ".".join(parts[:number] + parts[number + 1:]).replace("_layernorm.norms.", "_layernorm.")
            stacked.setdefault(whole, {})[int(parts[number])] = tensor
        elif name.endswith("block_sparse_moe.input_linear.weight"):
            gate, up = tensor.chunk(2, 1)
            prefix = name.removesuffix("input_linear.weight")
            single[prefix + "experts.w1.weight"], single[prefix + "experts.w3.weight"] = gate, up
        elif name.endswith("block_sparse_moe.output_linear.weight"):
            single[name.replace("output_linear", "experts.w2")] = tensor
        else:
            single[name] = tensor
    return single | {name: torch.stack([rows[i] for i in sorted(rows)]) for name, rows in stacked.items()}


main()
