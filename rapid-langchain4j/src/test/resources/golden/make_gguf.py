"""Makes gguf/ from the tiny checkpoints, as llama.cpp's convert_hf_to_gguf.py names, orders and types what they hold.

llama3-tiny-mixed.gguf is quantised, in another type for each projection; its expected.safetensors holds what transformers
computes with the weights that Python's gguf package makes of it; likewise llama3-tiny-Q4_0.gguf. The others hold the numbers of the checkpoints, whose
expected.safetensors is theirs, too.

    pip install gguf==0.19.0 torch transformers safetensors && python make_gguf.py
"""

import json
import pathlib

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Type
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

HERE = pathlib.Path(__file__).parent
MIXED = {
    "attn_q": Type.Q8_0,
    "attn_k": Type.Q4_0,
    "attn_v": Type.Q4_1,
    "attn_output": Type.Q5_0,
    "ffn_gate": Type.Q5_1,
    "ffn_up": Type.F16,
    "ffn_down": Type.Q8_0,
    "token_embd": Type.Q5_0,
    "output": Type.Q8_0,
}


def main():
    (HERE / "gguf").mkdir(exist_ok=True)
    convert("llama3-tiny", "llama", "llama3-tiny-BF16", lambda name: Type.BF16)
    convert("qwen2-tiny", "qwen2", "qwen2-tiny-F32", lambda name: Type.F32)
    convert("qwen3-tiny", "qwen3", "qwen3-tiny-F32", lambda name: Type.F32, split=12)
    convert("mistral-tiny", "llama", "mistral-tiny-F16", lambda name: Type.F16)
    dequantised = convert("llama3-tiny", "llama", "llama3-tiny-mixed", lambda name: MIXED[name.split(".")[-2]])
    expect(dequantised, "expected")
    expect(convert("llama3-tiny", "llama", "llama3-tiny-Q4_0", lambda name: Type.Q4_0), "expected-Q4_0")


def convert(source, architecture, target, type_of, split=0):
    """Returns the weights that the file holds, by the names of the checkpoint."""
    folder = HERE / source
    config = json.loads((folder / "config.json").read_text())
    writer = gguf.GGUFWriter(HERE / "gguf" / f"{target}.gguf", architecture, split_max_tensors=split)
    add_network(writer, config)
    add_tokenizer(writer, folder, config)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH[architecture.upper()], config["num_hidden_layers"])
    held = {}
    for published, tensor in sorted(weights(folder).items()):
        name = names.get_name(published, try_suffixes=(".weight", ".bias"))
        data = tensor.float().numpy()
        heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}.get(name.split(".")[-2])
        interleave = heads if architecture == "llama" else None
        if interleave:
            data = interleaved(data, heads)
        type = type_of(name) if data.ndim > 1 else Type.F32
        quantised = gguf.quants.quantize(data, type)
        if type == Type.Q4_0 and target.endswith("Q4_0"):
            with_scales_of_bfloat16(quantised)
        writer.add_tensor(name, quantised, raw_dtype=type)
        data = gguf.quants.dequantize(quantised, type).reshape(data.shape)
        held[published] = torch.from_numpy((ordered(data, heads) if interleave else data).copy())
    if config.get("rope_scaling", {}).get("rope_type") == "llama3":
        writer.add_tensor("rope_freqs.weight", llama3_divisors(config))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return held


def with_scales_of_bfloat16(blocks):
    """Scales that bfloat16 has, too: eight bits of float16's eleven, so that formats with such scales lose nothing."""
    bytes = blocks.reshape(-1, 18)
    scales = bytes[:, :2].copy().view(np.uint16)
    bytes[:, :2] = (scales & 0xFFF8).view(np.uint8)


def add_network(writer, config):
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config.get("rope_theta") or config["rope_parameters"]["rope_theta"])
    writer.add_vocab_size(config["vocab_size"])
    if "head_dim" in config:
        writer.add_key_length(config["head_dim"])
        writer.add_value_length(config["head_dim"])
        writer.add_rope_dimension_count(config["head_dim"])
    scaling = config.get("rope_scaling", {})
    if scaling.get("rope_type") == "yarn":
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(scaling["factor"])
        writer.add_rope_scaling_orig_ctx_len(scaling["original_max_position_embeddings"])


def add_tokenizer(writer, folder, config):
    """Digits one by one and GPT-2's expression: llama.cpp calls that smollm."""
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    tokens = [None] * config["vocab_size"]
    for text, token in tokenizer["model"]["vocab"].items():
        tokens[token] = text
    special = {token["id"] for token in tokenizer["added_tokens"]}
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in tokenizer["model"]["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list([text or f"[PAD{token}]" for token, text in enumerate(tokens)])
    writer.add_token_types([
        gguf.TokenType.CONTROL if token in special else gguf.TokenType.UNUSED if text is None else gguf.TokenType.NORMAL
        for token, text in enumerate(tokens)
    ])
    writer.add_token_merges(merges)
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_add_bos_token(False)
    writer.add_chat_template(json.loads((folder / "tokenizer_config.json").read_text())["chat_template"])


def weights(folder):
    return {name: tensor for file in folder.glob("model*.safetensors") for name, tensor in load_file(file).items()}


def interleaved(rows, heads):
    """The halves of each head turned into neighbours, as llama.cpp's rotation of Llama wants them."""
    return rows.reshape(heads, 2, -1, *rows.shape[1:]).swapaxes(1, 2).reshape(rows.shape)


def ordered(rows, heads):
    return rows.reshape(heads, -1, 2, *rows.shape[1:]).swapaxes(1, 2).reshape(rows.shape)


def llama3_divisors(config):
    scaling = config["rope_scaling"]
    half = config["head_dim"] // 2
    wavelengths = 2 * np.pi * config["rope_theta"] ** (np.arange(half) / half)
    turns = scaling["original_max_position_embeddings"] / wavelengths
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    smooth = np.clip((turns - low) / (high - low), 0, 1)
    return (1 / ((1 - smooth) / scaling["factor"] + smooth)).astype(np.float32)


def expect(held, name):
    model = AutoModelForCausalLM.from_pretrained(HERE / "llama3-tiny", dtype=torch.float32)
    model.load_state_dict(held)
    ids = load_file(HERE / "llama3-tiny" / "expected.safetensors")["input_ids"].reshape(1, -1)
    with torch.no_grad():
        last = model(ids.long()).logits[0, -8:]
    save_file({"logits": last.contiguous()}, HERE / "gguf" / f"{name}.safetensors")


main()
