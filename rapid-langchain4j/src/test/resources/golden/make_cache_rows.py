"""Logits of the tiny language models by transformers, where the last tokens of a prompt and what follows attend to chosen
ones of the tokens before and to each other only, although the prompt was read with full attention.

Arguments: folders of checkpoints, each with an expected.safetensors that holds input_ids; writes streaming.safetensors
(the first 4 tokens and 27 of the last ones) and passages.safetensors (a beginning, two passages, an end).
"""

import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

READ, NEW = 149, 8
ROWS = {
    "streaming": [(0, 4), (READ - 27, READ)],
    "passages": [(0, 9), (30, 51), (77, 78), (140, READ)],
}

for folder in sys.argv[1:]:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    ids = load_file(folder + "/expected.safetensors")["input_ids"].reshape(1, -1).long()
    for name, ranges in ROWS.items():
        visible = torch.ones(NEW, READ + NEW, dtype=torch.bool).tril(READ)
        visible[:, :READ] = False
        for start, end in ranges:
            visible[:, start:end] = True
        mask = torch.zeros(1, 1, NEW, READ + NEW).masked_fill(~visible, torch.finfo(torch.float32).min)
        positions = torch.arange(READ, READ + NEW).unsqueeze(0)
        with torch.no_grad():
            cache = model(ids[:, :READ], use_cache=True).past_key_values
            logits = model(
                ids[:, READ : READ + NEW], attention_mask=mask, position_ids=positions, past_key_values=cache
            ).logits[0]
        save_file({"logits": logits.contiguous()}, folder + "/" + name + ".safetensors")
