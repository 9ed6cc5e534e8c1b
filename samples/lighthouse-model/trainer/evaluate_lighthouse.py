"""Counts the exact answers of a lighthouse checkpoint: greedy decoding over unseen registers, the whole answer character for character.

    python evaluate_lighthouse.py CHECKPOINT_DIR [--questions 60] [--entries 3 15 60] [--weights model.safetensors] [--dtype float32] [--device cpu] [--variants]

The registers are drawn from seeds that training never uses. All questions about one register are decoded together over one cache of it.
"""
import argparse, random, time
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch.nn import functional as F
from train_lighthouse import (EMBEDDING, EPSILON, FINAL_NORM, HEAD, HEAD_WIDTH, LAYERS, SYSTEM_MESSAGES, one_choice, one_entry, one_fact, register, rotary, several_entries)

KINDS = {"one fact": one_fact, "one entry": one_entry, "two or three entries": several_entries, "one of four": one_choice}
LONGEST_ANSWER = 250


class Reader:
    def __init__(self, directory, weights="model.safetensors", dtype=torch.float32, device="cpu"):
        self.device = device
        self.tokenizer = Tokenizer.from_file(directory + "/tokenizer.json")
        self.w = {k: v.to(device, dtype) for k, v in load_file(directory + "/" + weights).items()}

    def norm(self, x, weight):
        return (x.float() * torch.rsqrt(x.float().square().mean(-1, keepdim=True) + EPSILON)).to(x.dtype) * self.w[weight]

    def layers(self, ids, start, register, own=None):
        """ids [batch, tokens] from position `start` on. `register` and `own` hold the keys and values of each layer: those of the register, which
        is read first and then shared, and those of each conversation about it, which is read token by token."""
        cos, sin = rotary(torch.arange(start, start + ids.shape[1], device=self.device)[None])
        x = F.embedding(ids, self.w[EMBEDDING])
        for l in range(LAYERS):
            p = f"model.layers.{l}."
            h = self.norm(x, p + "input_layernorm.weight")
            q, k, v = (F.linear(h, self.w[p + f"self_attn.{n}_proj.weight"]).unflatten(-1, (-1, HEAD_WIDTH)).transpose(1, 2) for n in "qkv")
            q, k = ((z * cos + torch.cat([-z[..., 64:], z[..., :64]], -1) * sin).to(x.dtype) for z in (q, k))
            if own is None:
                register[l] = k[0, 0], v[0, 0]
                a = F.scaled_dot_product_attention(q, k.expand_as(q), v.expand_as(q), is_causal=True).transpose(1, 2).flatten(2)
            else:
                k, v = own[l] = tuple(torch.cat([old, new[:, 0]], 1) for old, new in zip(own[l], (k, v)))  # [batch, tokens so far, width]
                q = q[:, :, 0] * HEAD_WIDTH ** -0.5  # [batch, heads, width]
                weights = torch.cat([q @ register[l][0].T, q @ k.transpose(1, 2)], -1).float().softmax(-1).to(x.dtype)
                seen = len(register[l][0])
                a = (weights[..., :seen] @ register[l][1] + weights[..., seen:] @ v).flatten(1)[:, None]
            x = x + F.linear(a, self.w[p + "self_attn.o_proj.weight"])
            h = self.norm(x, p + "post_attention_layernorm.weight")
            x = x + F.linear(F.silu(F.linear(h, self.w[p + "mlp.gate_proj.weight"])) * F.linear(h, self.w[p + "mlp.up_proj.weight"]), self.w[p + "mlp.down_proj.weight"])
        return x

    @torch.no_grad()
    def answers(self, prefix, suffixes):
        """The greedy answers to the prompts prefix + suffix."""
        ids, register = self.tokenizer.encode(prefix).ids, [None] * LAYERS
        self.layers(torch.tensor([ids], device=self.device), 0, register)
        nothing = torch.empty(len(suffixes), 0, HEAD_WIDTH, dtype=self.w[HEAD].dtype, device=self.device)
        own = [(nothing, nothing)] * LAYERS
        prompts = [self.tokenizer.encode(s).ids for s in suffixes]
        answers, done = [[] for _ in prompts], [False] * len(prompts)
        for t in range(max(map(len, prompts)) + LONGEST_ANSWER):
            step = [p[t] if t < len(p) else a[-1] for p, a in zip(prompts, answers)]
            x = self.layers(torch.tensor(step, device=self.device)[:, None], len(ids) + t, register, own)
            best = F.linear(self.norm(x[:, -1], FINAL_NORM), self.w[HEAD]).argmax(-1).tolist()
            for i, token in enumerate(best):
                if t >= len(prompts[i]) - 1:
                    answers[i].append(token)
                    done[i] |= token in (0, 2)
            if all(done):
                break
        cut = lambda a: a[:next((i for i, token in enumerate(a) if token in (0, 2)), len(a))]
        return [self.tokenizer.decode(cut(a)) for a in answers]


def evaluate(reader, n, questions, variant="", together=10, show=0):
    """Exact answers and questions asked, of each kind, over registers of n entries."""
    right, asked = dict.fromkeys(KINDS, 0), dict.fromkeys(KINDS, 0)
    for seed in range(-(-questions // together)):
        r = random.Random(10 ** 6 + 1000 * n + seed)
        entries = register(r, n)
        texts = [t for _, t in entries]
        system = "<|im_start|>system\n" + r.choice(SYSTEM_MESSAGES) + "<|im_end|>\n" if variant == "system message" else ""
        if variant == "cut entries":  # the outermost entries are cut, and not asked for
            texts[0], texts[-1], entries = texts[0][len(texts[0]) // 3:], texts[-1][:len(texts[-1]) // 2], entries[1:-1]
        before = ""
        if variant == "follow-up turn":
            q, a = one_entry(r, entries)
            before = q + "<|im_end|>\n<|im_start|>assistant\n" + a + "<|im_end|>\n<|im_start|>user\n"
        kinds = [kind for kind in KINDS for _ in range(together)]
        pairs = [KINDS[kind](r, entries) for kind in kinds]
        got = reader.answers(system + "<|im_start|>user\n" + "\n\n".join(texts) + "\n\n", [before + q + "<|im_end|>\n<|im_start|>assistant\n" for q, _ in pairs])
        for kind, (q, expected), answer in zip(kinds, pairs, got):
            asked[kind] += 1
            right[kind] += answer == expected
            if answer != expected and show > 0:
                show -= 1
                print(f"  Q {q}\n  A {answer!r}\n  E {expected!r}")
    return right, asked


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="counts exact answers")
    arguments.add_argument("checkpoint")
    arguments.add_argument("--questions", type=int, default=60, help="of each kind, for each length")
    arguments.add_argument("--entries", type=int, nargs="+", default=[3, 8, 15, 30, 60])
    arguments.add_argument("--weights", default="model.safetensors")
    arguments.add_argument("--dtype", default="float32")
    arguments.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    arguments.add_argument("--variants", action="store_true", help="also a system message, a follow-up turn, and entries cut at both ends")
    arguments.add_argument("--show", type=int, default=0, help="wrong answers to print")
    arguments.add_argument("--threads", type=int, default=2)
    a = arguments.parse_args()
    torch.set_num_threads(a.threads)
    reader = Reader(a.checkpoint, a.weights, getattr(torch, a.dtype), a.device)
    for variant in ["", "system message", "follow-up turn", "cut entries"] if a.variants else [""]:
        for n in a.entries if not variant else [15]:
            began = time.time()
            right, asked = evaluate(reader, n, a.questions, variant, show=a.show)
            print(f"| {n} entries{', ' + variant if variant else ''} | " + " | ".join(f"{right[k]}/{asked[k]}" for k in KINDS) + f" |  {time.time() - began:.0f} s", flush=True)
