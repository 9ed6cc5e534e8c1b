"""Makes architectures/: a tiny checkpoint with random weights of each architecture, and what transformers computes with it.

In each folder lie

    config.json           as transformers 5 saves it
    config-4.json         as transformers 4 saves it, and most of what is published has it
    model.safetensors     under the published names; bfloat16, so that no number is rounded when it is loaded
    expected.safetensors  input_ids [112], logits [112, vocabulary] in float32, greedy_ids [24] behind the first 64 input ids

    pip install 'torch' 'transformers>=5.24,<6' && python make_architectures.py [name ...]
    pip install 'transformers>=4.57,<5' && python make_architectures.py --configs-of-4 [name ...]   # in another environment

Every number of the configuration and every weight must show: a checkpoint is refused whose logits stay the same when a
weight is turned over or a field is left out (`without`), and so is one whose next token is a matter of rounding.
"""

import argparse
import copy
import json
import pathlib

HERE = pathlib.Path(__file__).parent / "architectures"
INPUTS, PROMPT, GREEDY = 112, 64, 24
SMALL = {
    "vocab_size": 200, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 4, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 512, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
    "tie_word_embeddings": False, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": None,
}
VISION = {
    "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 8,
    "patch_size": 4, "vision_use_head": False,
}
CASES = {}


def case(name, model_type, class_name, fields, without=(), **more):
    """fields: what a config.json of transformers 4 says beside SMALL; ... takes a field out of that."""
    config = {key: value for key, value in {**SMALL, **fields}.items() if value is not ...}
    CASES[name] = {"model_type": model_type, "class": class_name, "config": config, "without": without, **more}


case("gemma2", "gemma2", "Gemma2ForCausalLM", {
    "head_dim": 16, "query_pre_attn_scalar": 16, "sliding_window": 16, "attn_logit_softcapping": 2.0,
    "final_logit_softcapping": 6.0, "hidden_activation": "gelu_pytorch_tanh", "hidden_act": "gelu_pytorch_tanh",
    "tie_word_embeddings": True,
}, without=[{"sliding_window": 15}, {"attn_logit_softcapping": None}, {"final_logit_softcapping": None},
            {"query_pre_attn_scalar": 24}])
GEMMA3 = {
    "head_dim": 16, "num_key_value_heads": 1, "num_hidden_layers": 6, "query_pre_attn_scalar": 16, "sliding_window": 8,
    "sliding_window_pattern": 3, "rope_theta": 1000000.0, "rope_local_base_freq": 100.0, "hidden_activation": "gelu_pytorch_tanh",
    "tie_word_embeddings": True,
}
case("gemma3", "gemma3_text", "Gemma3ForCausalLM", GEMMA3,
     without=[{"sliding_window": 7}, {"sliding_window_pattern": 2}, {"rope_local_base_freq": 10000.0},
              {"query_pre_attn_scalar": 20}])
case("gemma3-conditional", "gemma3", "Gemma3ForConditionalGeneration", {
    **GEMMA3, "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 8, "sliding_window": 16,
    "query_pre_attn_scalar": 20, "rope_scaling": {"rope_type": "linear", "factor": 8.0},
}, without=[{"rope_scaling": None}, {"query_pre_attn_scalar": 8}],
     text="gemma3_text", outer={"vision_config": {**VISION, "model_type": "siglip_vision_model"}, "mm_tokens_per_image": 4})

case("phi3", "phi3", "Phi3ForCausalLM", {
    "num_key_value_heads": 4, "sliding_window": 16, "original_max_position_embeddings": 512, "rope_scaling": None,
}, without=[{"sliding_window": 17}])
case("phi3-longrope", "phi3", "Phi3ForCausalLM", {
    "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1, "original_max_position_embeddings": 32,
    "rope_scaling": {
        "type": "longrope", "short_factor": [1.0, 1.02, 1.05, 1.1, 1.2, 1.3, 1.5, 1.6],
        "long_factor": [1.0, 1.2, 1.7, 2.6, 4.0, 7.5, 12.0, 16.0],
    },
}, without=[{"original_max_position_embeddings": 400}], gain=1.0)
case("phi4-mini", "phi3", "Phi3ForCausalLM", {
    "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2, "hidden_size": 64, "partial_rotary_factor": 0.75,
    "tie_word_embeddings": True, "sliding_window": 4096, "original_max_position_embeddings": 512,
    "rope_scaling": {"type": "longrope", "short_factor": [1.0, 1.1, 1.3, 1.6, 2.0, 2.5], "long_factor": [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]},
}, without=[{"partial_rotary_factor": 0.75, "rope_scaling": None}])

case("qwen3-moe", "qwen3_moe", "Qwen3MoeForCausalLM", {
    "head_dim": 16, "num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 16, "norm_topk_prob": True,
    "mlp_only_layers": [1], "decoder_sparse_step": 1, "num_hidden_layers": 3,
}, without=[{"norm_topk_prob": False}, {"num_experts_per_tok": 3}])
case("qwen3-moe-steps", "qwen3_moe", "Qwen3MoeForCausalLM", {
    "head_dim": 8, "num_experts": 4, "num_experts_per_tok": 3, "moe_intermediate_size": 24, "norm_topk_prob": False,
    "mlp_only_layers": [], "decoder_sparse_step": 2, "num_hidden_layers": 4, "use_sliding_window": True, "sliding_window": 16,
    "max_window_layers": 4,
}, without=[{"norm_topk_prob": True}])
case("mixtral", "mixtral", "MixtralForCausalLM", {
    "num_local_experts": 4, "num_experts_per_tok": 2, "num_hidden_layers": 2, "sliding_window": None,
}, without=[{"num_experts_per_tok": 1}])
case("olmoe", "olmoe", "OlmoeForCausalLM", {
    "num_experts": 8, "num_experts_per_tok": 3, "intermediate_size": 16, "num_hidden_layers": 3, "num_key_value_heads": 4,
    "norm_topk_prob": False,
}, without=[{"norm_topk_prob": True}])

GRANITE = {
    "embedding_multiplier": 6.0, "logits_scaling": 0.5, "residual_multiplier": 0.4, "attention_multiplier": 0.2,
    "tie_word_embeddings": True,
}
GRANITE_WITHOUT = [{"embedding_multiplier": 1.0}, {"logits_scaling": 1.0}, {"residual_multiplier": 1.0},
                   {"attention_multiplier": 0.35}]
case("granite", "granite", "GraniteForCausalLM", GRANITE, without=GRANITE_WITHOUT)
case("granite-moe", "granitemoe", "GraniteMoeForCausalLM", {
    **GRANITE, "num_local_experts": 6, "num_experts_per_tok": 2, "intermediate_size": 16, "num_hidden_layers": 3,
}, without=GRANITE_WITHOUT)
case("granite4", "granitemoehybrid", "GraniteMoeHybridForCausalLM", {
    **GRANITE, "num_local_experts": 0, "num_experts_per_tok": 0, "shared_intermediate_size": 48,
    "position_embedding_type": "rope", "layer_types": ["attention"] * 4, "mamba_n_heads": 8, "mamba_d_state": 8,
}, without=GRANITE_WITHOUT + [{"position_embedding_type": "nope"}])

case("smollm3", "smollm3", "SmolLM3ForCausalLM", {
    "no_rope_layers": [1, 0, 1, 0], "no_rope_layer_interval": 2, "use_sliding_window": False, "sliding_window": None,
    "rope_theta": 2000000.0, "tie_word_embeddings": True,
}, without=[{"no_rope_layers": [1, 1, 1, 0]}, {"rope_theta": 10000.0}])
case("olmo2", "olmo2", "Olmo2ForCausalLM", {"num_key_value_heads": 4, "rope_theta": 500000.0})
case("olmo3", "olmo3", "Olmo3ForCausalLM", {
    "num_key_value_heads": 2, "sliding_window": 16, "rope_theta": 500000.0,
    "layer_types": ["sliding_attention", "sliding_attention", "sliding_attention", "full_attention"],
    "rope_scaling": {
        "rope_type": "yarn", "factor": 8.0, "original_max_position_embeddings": 64, "attention_factor": 1.2079441541679836,
        "beta_fast": 32.0, "beta_slow": 1.0,
    },
}, without=[{"sliding_window": 15}, {"rope_scaling": None}])

case("cohere", "cohere", "CohereForCausalLM", {
    "logit_scale": 0.25, "layer_norm_eps": 1e-5, "use_qk_norm": False, "tie_word_embeddings": True, "rms_norm_eps": ...,
}, without=[{"logit_scale": 0.5}])
case("cohere-plus", "cohere", "CohereForCausalLM", {
    "logit_scale": 0.25, "layer_norm_eps": 1e-5, "use_qk_norm": True, "tie_word_embeddings": True, "rms_norm_eps": ...,
    "num_key_value_heads": 1,
})
case("cohere2", "cohere2", "Cohere2ForCausalLM", {
    "logit_scale": 0.25, "layer_norm_eps": 1e-5, "tie_word_embeddings": True, "rms_norm_eps": ..., "sliding_window": 16,
    "sliding_window_pattern": 4, "head_dim": ...,
}, without=[{"sliding_window": 15}, {"sliding_window_pattern": 3}])
STABLELM = {"layer_norm_eps": 1e-5, "rms_norm_eps": ..., "num_attention_heads": 2, "partial_rotary_factor": 0.25}
case("stablelm", "stablelm", "StableLmForCausalLM", {
    **STABLELM, "use_qkv_bias": True, "qk_layernorm": False, "use_parallel_residual": False, "num_hidden_layers": 3,
}, without=[{"partial_rotary_factor": 0.5}])
case("stablelm-parallel", "stablelm", "StableLmForCausalLM", {
    **STABLELM, "use_qkv_bias": False, "qk_layernorm": True, "use_parallel_residual": True, "num_key_value_heads": 1,
    "num_hidden_layers": 2,
})
case("starcoder2", "starcoder2", "Starcoder2ForCausalLM", {
    "norm_epsilon": 1e-5, "rms_norm_eps": ..., "use_bias": True, "sliding_window": 16, "hidden_act": "gelu_pytorch_tanh",
    "intermediate_size": 96, "tie_word_embeddings": True,
}, without=[{"sliding_window": 15}])

case("internlm3", "internlm3", "InternLM3ForCausalLM", {
    "head_dim": 16, "qkv_bias": False, "bias": False,
    "rope_scaling": {"rope_type": "dynamic", "factor": 6.0},
}, reference="llama")
case("internlm2", "internlm2", "InternLM2ForCausalLM", {
    "bias": False, "rope_scaling": {"type": "dynamic", "factor": 2.0}, "num_attention_heads": 4,
}, reference="llama")
case("ministral", "ministral", "MinistralForCausalLM", {
    "head_dim": 16, "sliding_window": 8,
    "layer_types": ["full_attention", "sliding_attention", "sliding_attention", "sliding_attention"],
}, without=[{"sliding_window": 9}])
case("mistral3", "mistral3", "Mistral3ForConditionalGeneration", {
    "head_dim": 16, "sliding_window": None, "rope_theta": 1000000.0,
}, text="mistral", outer={
    "vision_config": {**VISION, "model_type": "pixtral", "head_dim": 4, "rope_theta": 10000.0}, "spatial_merge_size": 2,
    "image_token_index": 10, "multimodal_projector_bias": False,
})
MINISTRAL3 = {
    "rope_theta": 1000000.0, "rope_type": "yarn", "type": "yarn", "factor": 16.0, "original_max_position_embeddings": 32,
    "beta_fast": 32.0, "beta_slow": 1.0, "mscale": 1.0, "mscale_all_dim": 1.0, "llama_4_scaling_beta": 0.5,
}
case("ministral3", "mistral3", "Mistral3ForConditionalGeneration", {
    "head_dim": 16, "sliding_window": None, "tie_word_embeddings": True, "rope_theta": ..., "rope_parameters": MINISTRAL3,
}, without=[{"rope_parameters": {**MINISTRAL3, "llama_4_scaling_beta": 0.4}}], gain=1.0, text="ministral3", only_5=True, outer={
    "vision_config": {**VISION, "model_type": "pixtral", "head_dim": 4}, "spatial_merge_size": 2,
    "image_token_index": 10, "multimodal_projector_bias": False,
})
case("mistral-window", "mistral", "MistralForCausalLM", {"head_dim": 16, "sliding_window": 16}, without=[{"sliding_window": 15}])
case("qwen2-window", "qwen2", "Qwen2ForCausalLM", {
    "use_sliding_window": True, "sliding_window": 8, "max_window_layers": 2, "tie_word_embeddings": True,
}, without=[{"max_window_layers": 3}])
case("llama-dynamic", "llama", "LlamaForCausalLM", {
    "rope_scaling": {"type": "dynamic", "factor": 4.0}, "attention_bias": True, "mlp_bias": True,
})
GPT_OSS = {
    "head_dim": 16, "num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": 16, "rope_theta": 150000.0,
    "num_hidden_layers": 2, "intermediate_size": 32, "attention_bias": True, "swiglu_limit": 2.0,
    "rope_scaling": {
        "rope_type": "yarn", "factor": 32.0, "beta_fast": 32.0, "beta_slow": 1.0, "truncate": False,
        "original_max_position_embeddings": 64,
    },
}
case("gpt-oss", "gpt_oss", "GptOssForCausalLM", {**GPT_OSS, "swiglu_limit": 7.0}, without=[{"sliding_window": 15}, {"rope_scaling": None}])
case("gpt-oss-mxfp4", "gpt_oss", "GptOssForCausalLM", {**GPT_OSS, "swiglu_limit": 7.0}, mxfp4=True)

QWEN2_MOE = {
    "num_experts": 6, "num_experts_per_tok": 2, "moe_intermediate_size": 16, "shared_expert_intermediate_size": 24,
    "norm_topk_prob": False, "mlp_only_layers": [], "decoder_sparse_step": 1, "num_hidden_layers": 3, "use_sliding_window": False,
}
case("qwen2-moe", "qwen2_moe", "Qwen2MoeForCausalLM", QWEN2_MOE, without=[{"norm_topk_prob": True}, {"num_experts_per_tok": 3}])
case("qwen2-moe-layers", "qwen2_moe", "Qwen2MoeForCausalLM", {
    **QWEN2_MOE, "norm_topk_prob": True, "mlp_only_layers": [1], "num_hidden_layers": 4, "use_sliding_window": True,
    "sliding_window": 16, "max_window_layers": 2,
}, without=[{"norm_topk_prob": False}, {"sliding_window": 15}, {"max_window_layers": 3}])
# what llama.cpp has no metadata for is as it takes it to be
case("qwen3-moe-alike", "qwen3_moe", "Qwen3MoeForCausalLM", {
    "head_dim": 16, "num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 16, "norm_topk_prob": True,
    "mlp_only_layers": [], "decoder_sparse_step": 1, "num_hidden_layers": 3,
}, without=[{"norm_topk_prob": False}])
case("smollm3-fourth", "smollm3", "SmolLM3ForCausalLM", {
    "no_rope_layers": [1, 1, 1, 0, 1], "no_rope_layer_interval": 4, "num_hidden_layers": 5, "use_sliding_window": False,
    "sliding_window": None, "rope_theta": 5000000.0, "tie_word_embeddings": True,
}, without=[{"no_rope_layers": [1, 1, 1, 1, 1]}, {"rope_theta": 2000000.0}])
case("starcoder2-full", "starcoder2", "Starcoder2ForCausalLM", {
    "norm_epsilon": 1e-5, "rms_norm_eps": ..., "use_bias": True, "sliding_window": None, "hidden_act": "gelu_pytorch_tanh",
    "intermediate_size": 96, "tie_word_embeddings": True,
}, without=[{"sliding_window": 16}])
case("ministral3-text", "ministral3", "Ministral3ForCausalLM", {
    "head_dim": 8, "sliding_window": 16, "rope_theta": ..., "num_hidden_layers": 2,
    "rope_parameters": {**MINISTRAL3, "mscale": 0.5, "original_max_position_embeddings": 16},
}, without=[{"sliding_window": 15}], gain=1.0, only_5=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--configs-of-4", action="store_true")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    for name in arguments.names or CASES:
        (configuration_of_4 if arguments.configs_of_4 else make)(name, CASES[name])


def fields_of(case):
    """The keywords of its configuration class."""
    if "text" not in case:
        return copy.deepcopy(case["config"])
    text = {**case["config"], "model_type": case["text"]}
    outer = {"tie_word_embeddings": case["config"]["tie_word_embeddings"]}
    return copy.deepcopy({**outer, **case["outer"], "text_config": text})


def configuration_of_4(name, case):
    from transformers import AutoConfig

    if case.get("only_5"):
        return
    if case["model_type"] in ("internlm2", "internlm3"):
        # published with classes of their own
        saved = {**case["config"], "model_type": case["model_type"], "hidden_act": "silu", "transformers_version": "4.41.0"}
    else:
        saved = AutoConfig.for_model(case["model_type"], **fields_of(case)).to_diff_dict()
    saved["architectures"] = [case["class"]]
    saved["torch_dtype"] = "bfloat16"
    (HERE / name).mkdir(parents=True, exist_ok=True)
    (HERE / name / "config-4.json").write_text(json.dumps(saved, indent=1) + "\n")
    print(name)


def make(name, case):
    import torch
    from safetensors.torch import save_file

    folder = HERE / name
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(list(CASES).index(name) + 1)
    model = reference(case, fields_of(case))
    for _ in range(40):
        randomise(model, case)
        tensors = published(model, case, folder)
        ids = torch.randint(3, case["config"]["vocab_size"], (1, INPUTS))
        logits = logits_of(model, ids)
        greedy, gap = greedy_of(model, ids[:, :PROMPT])
        if gap > 0.01 and len(set(greedy)) > 5 and noise_of(model, ids, logits) < 6e-5:
            break
    else:
        raise SystemExit(f"{name}: a matter of rounding (gap {gap}), or always the same tokens: {greedy}")
    weakest = check_weights(model, ids, logits)
    check_fields(name, case, model, ids, logits)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    expected = {"input_ids": ids[0].int(), "logits": logits, "greedy_ids": torch.tensor(greedy).int()}
    save_file(expected, folder / "expected.safetensors")
    size = (folder / "model.safetensors").stat().st_size
    print(f"{name:20} {size:7} bytes, logits {logits.std():.1f}, gap {gap:.3f}, {len(set(greedy)):2} tokens, weakest {weakest}", flush=True)


def reference(case, fields):
    import torch
    import transformers

    if case.get("reference") == "llama":
        fields["attention_bias"] = fields["mlp_bias"] = fields.pop("bias")
        fields.pop("qkv_bias", None)
        config = transformers.LlamaConfig(**fields)
    else:
        config = transformers.AutoConfig.for_model(case["model_type"], **fields)
    kind = "LlamaForCausalLM" if case.get("reference") == "llama" else case["class"]
    return getattr(transformers, kind)._from_config(config, attn_implementation="eager", dtype=torch.float32).eval()


def randomise(model, case):
    import torch

    fields = case["config"]
    offset = case["model_type"].startswith("gemma")
    width = fields["hidden_size"]
    # tied embeddings are small, or each token would be followed by itself
    embedding = 0.5 / (width ** 0.5 if offset else fields.get("embedding_multiplier", 1)) if fields["tie_word_embeddings"] else 1
    head = embedding if fields["tie_word_embeddings"] else 3 * width ** -0.5
    scale = fields.get("logit_scale", 1 / fields.get("logits_scaling", 1))
    last = 3 / (head * width ** 0.5 * scale)
    for name, parameter in model.named_parameters():
        kind = name.split(".")[-1]
        noise = torch.randn_like(parameter)
        if "norm" in name and kind == "weight":
            noise = (noise * 0.3 + 1) * (last if "layers" not in name else 1) - (1 if offset else 0)
        elif kind == "sinks":
            noise = noise + 1
        elif parameter.ndim == 1 or kind.endswith("_bias"):
            noise = noise * 0.3
        elif "embed_tokens" in name:
            noise = noise * embedding
        elif "lm_head" in name:
            noise = noise * head
        else:
            transposed = case["model_type"] == "gpt_oss" and "experts" in name
            gain = 4 if transposed and "gate_up" in name else case.get("gain", 1.5)
            noise = noise * gain * parameter.shape[-2 if transposed else -1] ** -0.5
        parameter.data = noise.bfloat16().float()


def published(model, case, folder):
    """The tensors of the file; config.json is written into its folder, too."""
    import torch
    import transformers
    from safetensors.torch import load_file

    packed = {}
    if case.get("mxfp4"):
        packed = pack_experts(model)
    copy_of_model = copy.deepcopy(model).bfloat16()
    copy_of_model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    tensors = load_file(folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    if case["model_type"] == "internlm2":
        tensors = as_internlm2(tensors, case["config"])
    if case.get("reference") == "llama" and case["model_type"] == "internlm3":
        fields = fields_of(case)
        config = transformers.AutoConfig.for_model("internlm3", **fields).to_dict()
    if case["model_type"] == "internlm2":
        config = {**case["config"], "model_type": "internlm2", "hidden_act": "silu"}
    if packed:
        tensors = {key: value for key, value in tensors.items() if not key.endswith(("gate_up_proj", "down_proj"))} | packed
        config["quantization_config"] = {
            "quant_method": "mxfp4", "modules_to_not_convert": ["model.layers.*.self_attn", "model.layers.*.mlp.router",
                                                                "model.embed_tokens", "lm_head"]}
    config["architectures"] = [case["class"]]
    config["dtype"] = "bfloat16"
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    return {key: value.contiguous() for key, value in sorted(tensors.items())}


def as_internlm2(tensors, config):
    """Queries, keys and values are one tensor: of each group its queries, its key and its value."""
    import torch

    groups, d = config["num_key_value_heads"], config["hidden_size"] // config["num_attention_heads"]
    names = {
        "self_attn.o_proj": "attention.wo", "mlp.gate_proj": "feed_forward.w1", "mlp.up_proj": "feed_forward.w3",
        "mlp.down_proj": "feed_forward.w2", "input_layernorm": "attention_norm", "post_attention_layernorm": "ffn_norm",
        "model.embed_tokens": "model.tok_embeddings", "lm_head": "output",
    }
    renamed = {}
    for name, tensor in tensors.items():
        for old, new in names.items():
            name = name.replace(old, new)
        if name.endswith("q_proj.weight"):
            parts = [tensors[name.replace("q_proj", part)].view(groups, -1, d, tensor.shape[1]) for part in ("q_proj", "k_proj", "v_proj")]
            name, tensor = name.replace("self_attn.q_proj", "attention.wqkv"), torch.cat(parts, 1).reshape(-1, tensor.shape[1])
        if "self_attn" not in name:
            renamed[name] = tensor
    return renamed


def pack_experts(model):
    """The experts' weights in MXFP4, as gpt-oss is published; the model gets what they stand for."""
    import torch
    from transformers.integrations.mxfp4 import convert_moe_packed_tensors

    levels = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6])
    packed = {}
    for name, parameter in model.named_parameters():
        if name.endswith(("experts.gate_up_proj", "experts.down_proj")):
            # [experts, in, out] -> [experts, out, blocks, 32]
            rows = parameter.data.transpose(1, 2).unflatten(-1, (-1, 32))
            exponents = torch.floor(torch.log2(rows.abs().amax(-1, keepdim=True))) - 2
            scaled = rows / 2 ** exponents
            codes = (scaled.abs().unsqueeze(-1) - levels).abs().argmin(-1) + 8 * (scaled < 0)
            blocks = (codes[..., ::2] + 16 * codes[..., 1::2]).to(torch.uint8)
            scales = (exponents.squeeze(-1) + 127).to(torch.uint8)
            packed[name + "_blocks"], packed[name + "_scales"] = blocks, scales
            parameter.data = convert_moe_packed_tensors(blocks, scales, dtype=torch.float32).contiguous()
    return packed


def logits_of(model, ids):
    import torch

    with torch.no_grad():
        return model(ids).logits[0].float()


def greedy_of(model, ids):
    """The tokens, and by how much the least certain of them is above the next best."""
    import torch

    answer, gap = [], float("inf")
    while len(answer) < GREEDY and gap > 0.01:
        best = logits_of(model, ids)[-1].topk(2)
        answer.append(best.indices[0].item())
        gap = min(gap, (best.values[0] - best.values[1]).item())
        ids = torch.cat([ids, best.indices[:1].view(1, 1)], 1)
    return answer, gap


def noise_of(model, ids, logits):
    """How far roundings of float32 move a logit: some of these networks make a hundred times as much of them as others."""
    import torch

    embedding = model.get_input_embeddings().weight
    original = embedding.data
    embedding.data = original * (1 + 1e-7 * torch.randn_like(original))
    difference = (logits_of(model, ids) - logits).abs().max().item()
    embedding.data = original
    return difference


def check_weights(model, ids, logits):
    """How much each weight matters: the least difference of a logit where one of them is turned over."""
    differences = {}
    for name, parameter in model.named_parameters():
        if "vision" not in name and "multi_modal" not in name:
            original = parameter.data
            parameter.data = original.flip(0) if original.ndim == 1 else original.flip(-1)
            differences[name] = (logits_of(model, ids) - logits).abs().max().item()
            parameter.data = original
    weakest = min(differences, key=differences.get)
    if differences[weakest] < 0.05:
        raise SystemExit(f"no difference without {weakest}: {differences[weakest]}")
    return f"{weakest} {differences[weakest]:.2f}"


def check_fields(name, case, model, ids, logits):
    for change in case["without"]:
        fields = fields_of(case)
        fields.get("text_config", fields).update(change)
        other = reference(case, fields)
        other.load_state_dict(model.state_dict())
        difference = (logits_of(other, ids) - logits).abs().max().item()
        if difference < 0.05:
            raise SystemExit(f"{name}: no difference with {change}: {difference}")


main()
