"""Logits of tiny language models by transformers, whose attention slides over a window: in all layers of mistral-tiny, in two
of the three of qwen3-tiny.

Writes windows.safetensors into their folders: `logits` of the last 48 of the input_ids, and `passage_logits` of tokens 149 to
156, where in layers of full attention they attend to chosen ones of the tokens before, as in make_cache_rows.py, and in the
others to their window.
"""

import pathlib

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM

ROWS, READ, NEW = 48, 149, 8
PASSAGES = [(0, 9), (30, 51), (77, 78), (140, READ)]
WINDOWS = {
    "mistral-tiny": {"sliding_window": 21},
    "qwen3-tiny": {
        "sliding_window": 21,
        "use_sliding_window": True,
        "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
    },
}

golden = pathlib.Path(__file__).parent
for name, changes in WINDOWS.items():
    folder = golden / name
    config = AutoConfig.from_pretrained(folder)
    for key, value in changes.items():
        setattr(config, key, value)
    model = AutoModelForCausalLM.from_pretrained(
        folder, config=config, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    ids = load_file(folder / "expected.safetensors")["input_ids"].reshape(1, -1).long()
    position = torch.arange(READ, READ + NEW).unsqueeze(1)
    before = torch.arange(READ + NEW).unsqueeze(0)
    sliding = (before <= position) & (before > position - config.sliding_window)
    full = before <= position
    full[:, :READ] = False
    for start, end in PASSAGES:
        full[:, start:end] = True
    masks = {
        kind: torch.zeros(1, 1, NEW, READ + NEW).masked_fill(~visible, torch.finfo(torch.float32).min)
        for kind, visible in {"full_attention": full, "sliding_attention": sliding}.items()
    }
    with torch.no_grad():
        logits = model(ids).logits[0, -ROWS:]
        tensors = {"logits": logits.contiguous()}
        # the cache of transformers drops what is outside the window, so that the tokens are read at once
        whole = {}
        for kind, mask in masks.items():
            all_positions = torch.arange(READ + NEW).unsqueeze(1)
            visible = before <= all_positions
            if kind == "sliding_attention":
                visible = visible & (before > all_positions - config.sliding_window)
            filled = torch.zeros(READ + NEW, READ + NEW).masked_fill(~visible, torch.finfo(torch.float32).min)
            filled[READ:] = mask[0, 0]
            whole[kind] = filled[None, None]
        if name == "mistral-tiny":
            whole = whole["sliding_attention"]
        passages = model(ids[:, : READ + NEW], attention_mask=whole).logits[0, READ:]
        tensors["passage_logits"] = passages.contiguous()
    save_file(tensors, folder / "windows.safetensors")
