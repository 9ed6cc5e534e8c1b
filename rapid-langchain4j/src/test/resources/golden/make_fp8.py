"""Makes fp8/: qwen3-tiny with weights in float8 (e4m3), in the layouts in which such checkpoints are published.

blocks    a scale for each block of rows and columns, `weight_scale_inv`: DeepSeek, Qwen3-*-FP8 (there 128 x 128)
channels  a scale a row, `weight_scale`, in bfloat16: compressed-tensors (Red Hat), and fbgemm_fp8 (Meta)
tensors   one for a whole weight, and one for its activations: Ministral 3

Each has the logits that transformers computes in float32 with weights of `float8 * scale`; where transformers can
dequantise a layout itself, with its own.

    pip install torch transformers safetensors && python make_fp8.py
"""

import json
import pathlib

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, FineGrainedFP8Config

HERE = pathlib.Path(__file__).parent
ROWS, COLUMNS = 16, 32
GREATEST = torch.finfo(torch.float8_e4m3fn).max


def main():
    make("blocks", blocks, {
        "quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic", "weight_block_size": [ROWS, COLUMNS],
        "modules_to_not_convert": ["lm_head"]})
    make("channels", channels, {
        "quant_method": "compressed-tensors", "format": "float-quantized", "ignore": ["lm_head"],
        "config_groups": {"group_0": {
            "targets": ["Linear"], "weights": {"num_bits": 8, "type": "float", "strategy": "channel", "symmetric": True},
            "input_activations": {"num_bits": 8, "type": "float", "strategy": "token", "dynamic": True}}}})
    make("tensors", whole, {
        "quant_method": "fp8", "activation_scheme": "static", "weight_block_size": None,
        "modules_to_not_convert": ["lm_head"]})


def blocks(w):
    rows, columns = -(-w.size(0) // ROWS), -(-w.size(1) // COLUMNS)
    padded = torch.nn.functional.pad(w, (0, columns * COLUMNS - w.size(1), 0, rows * ROWS - w.size(0)))
    scale = padded.view(rows, ROWS, columns, COLUMNS).abs().amax((1, 3)) / GREATEST
    return {"weight_scale_inv": scale}, scale.repeat_interleave(ROWS, 0).repeat_interleave(COLUMNS, 1)[: w.size(0), : w.size(1)]


def channels(w):
    scale = (w.abs().amax(1, True) / GREATEST).bfloat16()
    return {"weight_scale": scale}, scale.float()


def whole(w):
    scale = w.abs().amax() / GREATEST
    return {"weight_scale_inv": scale, "activation_scale": torch.tensor(0.01)}, scale


def make(name, scales_of, quantisation):
    folder = HERE / "fp8" / name
    folder.mkdir(parents=True, exist_ok=True)
    config = json.loads((HERE / "qwen3-tiny" / "config.json").read_text())
    config["num_hidden_layers"] = 1
    config.pop("layer_types", None)
    published, dequantised = {}, {}
    source = {key: value for file in (HERE / "qwen3-tiny").glob("model*.safetensors") for key, value in load_file(file).items()}
    for key, tensor in source.items():
        if key.startswith("model.layers.") and not key.startswith("model.layers.0."):
            continue
        if key.endswith("_proj.weight"):
            w = tensor.float()
            scales, each = scales_of(w)
            eight = (w / each).clamp(-GREATEST, GREATEST).to(torch.float8_e4m3fn)
            published[key] = eight
            for other, scale in scales.items():
                published[key.removesuffix("weight") + other] = scale
            dequantised[key] = eight.float() * each
        else:
            published[key] = tensor
            dequantised[key] = tensor.float()
    save_file(published, folder / "model.safetensors", metadata={"format": "pt"})
    model = AutoModelForCausalLM.from_pretrained(HERE / "qwen3-tiny", dtype=torch.float32, num_hidden_layers=1).eval()
    model.load_state_dict(dequantised, strict=False)
    ids = load_file(HERE / "qwen3-tiny" / "expected.safetensors")["input_ids"].flatten()[:24]
    with torch.no_grad():
        logits = model(ids[None]).logits[0]
    save_file({"input_ids": ids, "logits": logits.contiguous()}, folder / "expected.safetensors")
    (folder / "config.json").write_text(json.dumps({**config, "quantization_config": quantisation}, indent=1) + "\n")
    check(name, folder, ids, logits)


def check(name, folder, ids, logits):
    try:
        theirs = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, quantization_config=FineGrainedFP8Config(dequantize=True)).eval()
        with torch.no_grad():
            print(name, "differs from transformers' own by", (theirs(ids[None]).logits[0] - logits).abs().max().item())
    except Exception as failure:
        print(name, "cannot be dequantised by transformers:", str(failure)[:300])


if __name__ == "__main__":
    main()
