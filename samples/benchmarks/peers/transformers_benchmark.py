"""Prefill and decoding of a GGUF file by transformers, as JSON: [["prefill" or "decoding", tokens, tokens a second], ...]

    python transformers_benchmark.py model.gguf float32 THREADS DECODED CONTEXT...
"""

import json
import os
import sys
import time

import torch
from transformers import AutoModelForCausalLM

path, dtype, threads, decoded, *contexts = sys.argv[1:]
torch.set_num_threads(int(threads))
model = AutoModelForCausalLM.from_pretrained(
    os.path.dirname(path), gguf_file=os.path.basename(path), dtype=getattr(torch, dtype)
).eval()
figures = []
with torch.inference_mode():
    model(torch.zeros(1, 8, dtype=torch.long))
    for context in map(int, contexts):
        ids = torch.randint(model.config.vocab_size, (1, context))
        start = time.perf_counter()
        cache = model(ids, use_cache=True, logits_to_keep=1).past_key_values
        figures.append(["prefill", context, context / (time.perf_counter() - start)])
        start = time.perf_counter()
        for i in range(int(decoded)):
            model(ids[:, i : i + 1], past_key_values=cache, use_cache=True)
        figures.append(["decoding", context, int(decoded) / (time.perf_counter() - start)])
print(json.dumps(figures))
