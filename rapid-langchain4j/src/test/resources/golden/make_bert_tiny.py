"""Makes bert-tiny: a random BERT in the published layout, and its mean-pooled, normalised vectors by transformers."""

import json
import sys

import torch
from transformers import BertConfig, BertModel

folder = sys.argv[1]
torch.manual_seed(7)
config = BertConfig(
    vocab_size=60, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
    max_position_embeddings=40, type_vocab_size=2, initializer_range=0.4)
BertModel(config).save_pretrained(folder)

texts = [torch.randint(0, 60, (length,)).tolist() for length in (2, 5, 17, 17, 40)]
expected = []
for activation in ("gelu", "gelu_new", "relu"):
    model = BertModel.from_pretrained(folder, hidden_act=activation, dtype=torch.float32).eval()
    with torch.no_grad():
        dense = [torch.nn.functional.normalize(model(torch.tensor([ids])).last_hidden_state[0].mean(0), dim=0) for ids in texts]
    expected.append({"hidden_act": activation, "dense": [vector.tolist() for vector in dense]})
with open(folder + "/expected.json", "w") as file:
    json.dump({"ids": texts, "expected": expected}, file)
