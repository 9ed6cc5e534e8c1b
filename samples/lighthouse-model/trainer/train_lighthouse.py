"""Trains the lighthouse demonstration model: a 3-million-parameter Llama that quotes entries from a register of lighthouses.

    python train_lighthouse.py OUT_DIR [SECONDS] [--resume CHECKPOINT_DIR] [--device cuda] [--long]

Four things make it learn even on two CPU cores. From nothing, the weights start from an induction circuit written down by hand (see `induction_circuit`),
so that the model can copy from its context before the first step. Positions are spread out (random gaps between entries), so that short sequences
prepare it for long registers. Every register is read once and asked several independent conversations, so that most of the work goes into answers.
And names that differ in one syllable only are made frequent, because they are what it gets wrong.
"""
import argparse, collections, json, math, os, random, time
import numpy, torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch.nn import functional as F
from torch.utils import data

# ---- the register ---------------------------------------------------------------------------------------------------------------
FIRST_SYLLABLE = "ma to sal bren kor vel dra fin hol ja ke lun mor nas or pel quin rav sun tar ul vin wes yar zel ash bel cal dun el fal gar hav is jor kas lor mir nor oss".split()
LAST_SYLLABLE = "ren vik low dal mund nes ra sta tin vara wick xa yen zo bury cote don fell gard holm ing kar lam mark nell ost pool rick ston thorpe".split()
KIND = "Cape Point Isle Port Mount Skerry Bay Fort".split()
FORENAME = "Ilse Anton Mara Jonas Petra Olav Sven Nadia Bruno Greta Tomas Freya Lukas Edda Marek Signe Hugo Vera Emil Tilda".split()
SURNAME_START = "Van Okaf Lind Berg Sor Hal Mik Dahl Ros Ker Tol Nyst".split()
SURNAME_END = "g or qvist man en vig els ström ner as strup det".split()
COLOUR, COAST = "white red green amber blue violet".split(), "northern southern eastern western".split()
SENTENCES = ["The lighthouse at {place} stands {height} metres tall on the {coast} coast.", "The light at {place} is kept by {keeper}.",
             "The lamp at {place} flashes {colour} every {seconds} seconds.", "The tower at {place} was built in {year} by {builder}."]
ENTRY_QUESTIONS = ["What does the register say about {place}?", "Quote the entry for {place}.", "Tell me about {place}."]
VALUES = ["{height} metres tall on the {coast} coast", "{keeper}", "{colour} every {seconds} seconds", "in {year} by {builder}"]  # how the sentences end
LAST_VALUES = ["{coast}", "{keeper}", "{seconds}", "{builder}"]
FACT_QUESTIONS = ["How tall is the lighthouse at {place}?", "Who keeps the light at {place}?", "How does the lamp at {place} flash?",
                  "Who built the tower at {place}, and when?"]  # answered by the sentence of the same index
SYSTEM_MESSAGES = ["You are a helpful assistant.", "You are the keeper of the register.", "Answer from the register.", "Quote the register word for word."]


def person(r):
    return r.choice(FORENAME) + " " + r.choice(SURNAME_START) + r.choice(SURNAME_END)


def lighthouse(r, kinds=KIND, first=FIRST_SYLLABLE, last=LAST_SYLLABLE):
    return dict(place=r.choice(kinds) + " " + (r.choice(first) + r.choice(last)).capitalize(), keeper=person(r),
                height=r.randint(11, 98), colour=r.choice(COLOUR), seconds=r.randint(2, 59), year=r.randint(1701, 1998),
                builder=person(r), coast=r.choice(COAST))


def register(r, n, similar=False):
    """n lighthouses with different names, each with its entry; names made from few syllables if they are to be `similar`."""
    k = max(3, math.ceil(math.sqrt(n)))
    names = [r.sample(KIND, 3), r.sample(FIRST_SYLLABLE, k), r.sample(LAST_SYLLABLE, k)] if similar else []
    seen, out = set(), []
    while len(out) < n:
        d = lighthouse(r, *names)
        if d["place"] not in seen:
            seen.add(d["place"])
            out.append((d, " ".join(s.format(**d) for s in SENTENCES)))
    return out


def several_entries(r, entries):
    chosen = r.sample(entries, r.randint(2, min(3, len(entries))))
    names = [d["place"] for d, _ in chosen]
    return "Quote the entries for " + ", ".join(names[:-1]) + " and " + names[-1] + ".", "\n".join(t for _, t in chosen)


def one_entry(r, entries):
    d, text = r.choice(entries)
    return r.choice(ENTRY_QUESTIONS).format(**d), text


def one_fact(r, entries):
    d, _ = r.choice(entries)
    i = r.randrange(len(SENTENCES))
    return FACT_QUESTIONS[i].format(**d), SENTENCES[i].format(**d)


def one_choice(r, entries, endings=VALUES):
    """One fact to choose from four with different `endings`, of the register or made up, a line each. An option has its letter behind it, so that
    the letter is found as everything is, by the tokens before it: they are quoted first."""
    d, _ = r.choice(entries)
    i = r.randrange(len(SENTENCES))
    options, others = [d], [e for e, _ in entries] if r.random() < 0.5 else []
    r.shuffle(others)
    while len(options) < 4:
        other = others.pop() if others else lighthouse(r)
        if all(endings[i].format(**other) != endings[i].format(**o) for o in options):
            options.append(other)
    r.shuffle(options)
    letter = "ABCD"[options.index(d)]
    return (FACT_QUESTIONS[i].format(**d) + "".join(f"\n{VALUES[i].format(**o)} ({x})" for x, o in zip("ABCD", options)),
            SENTENCES[i].format(**d)[:-1] + f" ({letter}). The correct answer is ({letter}).")


def question(r, entries, choices=0.0):
    """One of four, as often as `choices` says (0 to 1); otherwise several entries, one entry or one fact."""
    if r.random() < choices:
        return one_choice(r, entries, r.choice([LAST_VALUES, VALUES]))
    kind = r.random()
    if kind < 0.45 and len(entries) > 1:
        return several_entries(r, entries)
    return one_entry(r, entries) if kind < 0.75 else one_fact(r, entries)


# ---- tokenizer and model --------------------------------------------------------------------------------------------------------
def make_tokenizer():
    r = random.Random(1)

    def texts():
        for _ in range(6000):
            entries = register(r, 4)
            yield "\n\n".join(t for _, t in entries)
            yield from question(r, entries)

    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(texts(), trainers.BpeTrainer(vocab_size=768, special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
                                                       initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return t


VOCABULARY, WIDTH, MLP_WIDTH, LAYERS, HEADS, HEAD_WIDTH, EPSILON = 768, 256, 640, 4, 2, 128, 1e-5
THETA = 1e14  # so large that the slow half of the rotary pairs hardly turns within 65,536 positions and can carry content
FREQUENCIES = THETA ** (-torch.arange(0, HEAD_WIDTH, 2).float() / HEAD_WIDTH)
EMBEDDING, HEAD, FINAL_NORM = "model.embed_tokens.weight", "lm_head.weight", "model.norm.weight"


def induction_circuit():
    """Layer 0, head 0 attends to the previous token and head 1 to the last few; layers 1 to 3 look for places whose preceding tokens are those
    before the current position and copy what came next there. Content, previous token, recent tokens and output live in four orthogonal
    subspaces of the residual stream; dimension 0 is a constant."""
    D, hd, V = WIDTH, HEAD_WIDTH, VOCABULARY
    w = {EMBEDDING: torch.randn(V, D), FINAL_NORM: torch.ones(D)}
    for l in range(LAYERS):
        p = f"model.layers.{l}."
        for name, shape in {"self_attn.q_proj": (HEADS * hd, D), "self_attn.k_proj": (hd, D), "self_attn.v_proj": (hd, D), "self_attn.o_proj": (D, HEADS * hd),
                            "mlp.gate_proj": (MLP_WIDTH, D), "mlp.up_proj": (MLP_WIDTH, D), "mlp.down_proj": (D, MLP_WIDTH)}.items():
            w[p + name + ".weight"] = 0.04 * torch.randn(shape)
        w[p + "input_layernorm.weight"], w[p + "post_attention_layernorm.weight"] = torch.ones(D), torch.ones(D)
        w[p + "mlp.down_proj.weight"].mul_(0.03)
    E = w[EMBEDDING]
    E[:, 0] = 0
    E.div_(E.norm(dim=1, keepdim=True))
    E[:, 0] = 0.2
    basis, zero = torch.linalg.qr(torch.randn(D - 1, D - 1))[0], torch.zeros(1, 64)
    content = torch.cat([zero, basis[:, :64]]).T
    previous, recent = torch.cat([zero, basis[:, 64:128]]), torch.cat([zero, basis[:, 128:192]])
    output = torch.cat([zero, torch.cat([basis[:, 192:255], torch.zeros(D - 1, 1)], 1)])
    q, k, v, o = (w[f"model.layers.0.self_attn.{n}_proj.weight"] for n in "qkvo")
    k.zero_()
    k[:16, 0] = 6
    for head, offset, gain in ((0, 1, 1.0), (1, 4, 0.022)):
        looking_back = torch.zeros(hd, D)
        looking_back[:hd // 2, 0], looking_back[hd // 2:, 0] = gain * 6 * torch.cos(offset * FREQUENCIES), -gain * 6 * torch.sin(offset * FREQUENCIES)
        q[head * hd:(head + 1) * hd] = looking_back
    v.mul_(0.1)
    v[:64] = content
    o.mul_(0.1)
    o[:, 0:64], o[:, hd:hd + 64] = 0.12 * previous, 0.25 * recent
    slow, G = list(range(26, 64)) + list(range(90, 128)), torch.linalg.qr(torch.randn(64, 38))[0].T
    for l in range(1, LAYERS):
        q, k, v, o = (w[f"model.layers.{l}.self_attn.{n}_proj.weight"] for n in "qkvo")
        k.mul_(0.1)
        q[:hd].mul_(0.1)
        k[slow[:38]], q[slow[:38]] = 6 * G @ previous.T, 6 * G @ content
        k[slow[38:]], q[slow[38:]] = 3.5 * G @ recent.T, 3.5 * G @ recent.T
        v.mul_(0.1)
        v[:64] = content
        o.mul_(0.1)
        o[:, 0:64] = 0.12 * output
    w[HEAD] = 2.5 * (E @ content.T) @ output.T
    return w


def rotary(positions):
    angles = (positions[..., None].float() * FREQUENCIES.to(positions.device))[:, None]  # [batch, 1, tokens, pairs]
    return torch.cat([angles, angles], -1).cos(), torch.cat([angles, angles], -1).sin()


def rotate(x, turn):
    cos, sin = turn
    a, b = x.chunk(2, -1)
    return (x * cos + torch.cat([-b, a], -1) * sin).bfloat16()


def norm(x, weight):
    return F.rms_norm(x, weight.shape, weight, EPSILON).bfloat16()


def additive(allowed):
    return torch.zeros(allowed.shape, dtype=torch.bfloat16, device=allowed.device).masked_fill_(~allowed, float("-inf"))


def attend(q, k, v, mask=None):
    """Attention of all query heads to the one key-value head, with a mask [batch, queries, keys] to add, or causal without."""
    batch, heads, tokens, width = q.shape
    if q.is_cuda:
        mask = mask if mask is None else mask[:, None].expand(-1, heads, -1, -1)
        k, v = (x.expand(-1, heads, -1, -1) for x in (k, v))
        return F.scaled_dot_product_attention(q, k, v, mask, is_causal=mask is None).transpose(1, 2).flatten(2)
    # on these processors faster than the fused operator
    mask = additive(torch.ones(1, tokens, tokens, dtype=torch.bool).tril()) if mask is None else mask
    scores = torch.baddbmm(mask.repeat(1, heads, 1), q.reshape(batch, heads * tokens, width), k[:, 0].transpose(1, 2), alpha=width ** -0.5)
    return torch.bmm(scores.softmax(-1), v[:, 0]).view(batch, heads, tokens, width).transpose(1, 2).flatten(2)


def logits(weights, batch):
    """Reads the registers, then the conversations about them, and returns the logits of the latter only. bfloat16 but for the residual stream."""
    w = {name: p.bfloat16() if p.dim() == 2 else p for name, p in weights.items()}
    x, y = F.embedding(batch["register_ids"], weights[EMBEDDING]), F.embedding(batch["ids"], weights[EMBEDDING])
    register_turn, turn = rotary(batch["register_positions"]), rotary(batch["positions"])
    room, longest, owner = y.shape[1], x.shape[1], batch["owner"]
    own = (owner[:, :, None] == owner[:, None]) & torch.ones(room, room, dtype=torch.bool, device=y.device).tril()
    known = (torch.arange(longest, device=y.device) < batch["lengths"][:, None])[:, None].expand(-1, room, -1)
    mask = additive(torch.cat([known, own], 2))
    for l in range(LAYERS):
        p = f"model.layers.{l}."

        def project(h, name):
            return F.linear(h, w[p + f"self_attn.{name}_proj.weight"]).unflatten(-1, (-1, HEAD_WIDTH)).transpose(1, 2)  # [batch, heads, tokens, width]

        def finish(x, attention):
            x = x + F.linear(attention, w[p + "self_attn.o_proj.weight"])
            h = norm(x, w[p + "post_attention_layernorm.weight"])
            return x + F.linear(F.silu(F.linear(h, w[p + "mlp.gate_proj.weight"])) * F.linear(h, w[p + "mlp.up_proj.weight"]), w[p + "mlp.down_proj.weight"])

        h = norm(x, w[p + "input_layernorm.weight"])
        k, v = rotate(project(h, "k"), register_turn), project(h, "v")
        if l < LAYERS - 1:  # nobody asks what the last layer makes of the register
            x = finish(x, attend(rotate(project(h, "q"), register_turn), k, v))  # padding stands behind, so no token sees it
        h = norm(y, w[p + "input_layernorm.weight"])
        k, v = torch.cat([k, rotate(project(h, "k"), turn)], 2), torch.cat([v, project(h, "v")], 2)
        y = finish(y, attend(rotate(project(h, "q"), turn), k, v, mask))
    return F.linear(norm(y, w[FINAL_NORM]), w[HEAD])


# ---- training data --------------------------------------------------------------------------------------------------------------
LETTER_WEIGHT = 6.0  # in the loss, of a choice's letter among the tokens of its answer
MANY_CHOICES, FEW_CHOICES = 0.8, 0.5  # share of questions that are choices, of short registers and of others


class Conversations:
    """Token ids, positions and loss weights of registers and of the conversations about each."""

    def __init__(self, tokenizer):
        self.encode = lambda s: tokenizer.encode(s).ids
        self.start, self.end = tokenizer.token_to_id("<|im_start|>"), tokenizer.token_to_id("<|im_end|>")
        self.newline, self.bracket = self.encode("\n"), tokenizer.token_to_id("(")
        self.role = {name: [self.start] + self.encode(name + "\n") for name in ("system", "user", "assistant")}

    def read(self, r, n, reach):
        """A register of n entries: ids, positions, the next position, and the entries that can be asked for."""
        entries = register(r, n, similar=r.random() < 0.4)
        ids = []
        if r.random() < 0.1:
            ids += self.role["system"] + self.encode(r.choice(SYSTEM_MESSAGES)) + [self.end] + self.newline
        ids += self.role["user"]
        positions, p = list(range(len(ids))), len(ids)
        texts = [self.encode(text + "\n\n") for _, text in entries]
        if n > 2 and r.random() < 0.15:  # a retrieved passage may begin and end within an entry
            texts[0], texts[-1] = texts[0][r.randrange(len(texts[0]) - 2):], texts[-1][:r.randrange(10, len(texts[-1]) - 2)] + texts[-1][-2:]
            entries = entries[1:-1]
        length, gap = sum(map(len, texts)), 0.0
        if reach > length and r.random() < 0.5:
            gap = (math.exp(r.uniform(math.log(length), math.log(reach))) - length) / n
        for text in texts:
            ids += text
            positions += range(p, p + len(text))
            p += len(text) + int(r.random() * 2 * gap)
        return ids, positions, p, entries

    def converse(self, r, entries, choices):
        """One conversation: ids and weights. Most have one question."""
        ids, weights, turns = [], [], 1 if r.random() < 0.85 else 2
        for turn in range(turns):
            q, a = question(r, entries, choices)
            q = (self.newline + self.role["user"] if turn else []) + self.encode(q) + [self.end] + self.newline + self.role["assistant"]
            a = self.encode(a) + [self.end]
            ids += q + a
            weights += [0.0] * len(q) + [LETTER_WEIGHT if before == self.bracket else 1.0 for before in q[-1:] + a[:-1]]
        return ids, weights

    def batch(self, r, size, n, room, reach, choices):
        """`size` registers of n entries (sometimes fewer), each with as many conversations as fit into `room` tokens."""
        rows = []
        for _ in range(size):
            register_ids, register_positions, p, entries = self.read(r, r.randint(2, n) if r.random() < 0.15 else n, reach)
            ids, positions, weights, owner = [], [], [], []
            for c in range(100):
                more, more_weights = self.converse(r, entries, choices)
                if len(ids) + len(more) > room:
                    break
                ids += more
                positions += range(p, p + len(more))
                weights += more_weights
                owner += [c] * len(more)
            pad = room - len(ids)
            rows.append((register_ids, register_positions, ids + [0] * pad, positions + [p] * pad, weights + [0.0] * pad, owner + [-1] * pad))
        longest = -(-max(len(row[0]) for row in rows) // 64) * 64  # as the fused operators want it
        array = lambda i, type=numpy.int32: numpy.array([row[i] for row in rows], type)
        registers = [numpy.array([row[i] + [0] * (longest - len(row[i])) for row in rows], numpy.int32) for i in (0, 1)]
        return dict(register_ids=registers[0], register_positions=registers[1], lengths=numpy.array([len(row[0]) for row in rows], numpy.int32),
                    ids=array(2), positions=array(3), weights=array(4, numpy.float32), owner=array(5))


class Batches(data.IterableDataset):
    """Endless training data of random shapes, each worker's its own."""

    def __init__(self, tokenizer, seed, shapes, reach, gentle):
        self.tokenizer, self.seed, self.shapes, self.reach, self.gentle = tokenizer, seed, shapes, reach, gentle

    def __iter__(self):
        worker = data.get_worker_info()
        number, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        conversations, r, step = Conversations(self.tokenizer), random.Random(self.seed + number), number
        while True:
            _, size, n, room = r.choices(self.shapes, [s[0] for s in self.shapes])[0]
            if step < self.gentle:
                yield conversations.batch(r, self.shapes[0][1], 3, 256, 256, MANY_CHOICES)
            else:
                yield conversations.batch(r, size, n, room, self.reach, MANY_CHOICES if n < 8 else FEW_CHOICES)
            step += workers


# ---- optimiser ------------------------------------------------------------------------------------------------------------------
def orthogonal(g):
    """Newton-Schulz iteration towards the nearest matrices [how many, rows, columns] with all singular values 1 (Muon)."""
    wide = g.shape[1] <= g.shape[2]
    x = g.bfloat16() if wide else g.bfloat16().transpose(1, 2)
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        a = x @ x.transpose(1, 2)
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return (x if wide else x.transpose(1, 2)).float()


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised, and scaled to the step size that AdamW would take. Matrices of one shape go together."""

    def __init__(self, parameters):
        super().__init__(parameters, dict(lr=0.0))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            shapes = collections.defaultdict(list)
            for p in group["params"]:
                shapes[p.shape].append(p)
            for shape, alike in shapes.items():
                g = torch.stack([p.grad for p in alike])
                m = self.state[alike[0]].setdefault("momentum", torch.zeros_like(g))
                m.mul_(0.95).add_(g)
                for p, direction in zip(alike, orthogonal(g + 0.95 * m)):
                    p.add_(direction, alpha=-group["lr"] * 0.2 * max(shape) ** 0.5)


# ---- training -------------------------------------------------------------------------------------------------------------------
# share of steps, registers, entries, room
SHAPES = [(0.34, 14, 4, 384), (0.20, 6, 12, 512), (0.33, 5, 16, 512), (0.10, 3, 30, 512), (0.03, 2, 50, 512)]
LONG_SHAPES = [(0.20, 1, 120, 1024), (0.20, 1, 250, 1024)]
GPU_FACTOR = 16  # times as many registers a step


def main(out, budget, resume, seed, device, long, rate, save_every):
    torch.manual_seed(seed)
    tokenizer = Tokenizer.from_file(resume + "/tokenizer.json") if resume else make_tokenizer()
    on_gpu = device.startswith("cuda")
    torch.backends.cuda.enable_cudnn_sdp(False)  # it makes a plan for every length
    shapes = [(share, size * GPU_FACTOR if on_gpu else size, n, room) for share, size, n, room in SHAPES + (LONG_SHAPES if long else [])]
    batches = Batches(tokenizer, seed, shapes, 65536 if long else 16384, 0 if resume else 400)
    batches = iter(data.DataLoader(batches, batch_size=None, num_workers=max(1, os.cpu_count() - 2) if on_gpu else 0, collate_fn=as_it_is))
    weights = {k: v.float() for k, v in load_file(resume + "/model.safetensors").items()} if resume else induction_circuit()
    weights = {k: v.to(device).requires_grad_() for k, v in weights.items()}
    averaged = {k: v.detach().clone() for k, v in weights.items()}
    hidden = [p for k, p in weights.items() if p.dim() == 2 and k not in (EMBEDDING, HEAD)]
    others = [p for p in weights.values() if not any(p is h for h in hidden)]
    optimisers = [torch.optim.AdamW(others, betas=(0.9, 0.98), weight_decay=0.0, fused=True), Muon(hidden)]
    step, began, saved, running = 0, time.time(), time.time(), None
    while (spent := (time.time() - began) / budget) < 1:
        batch = {k: torch.from_numpy(v).to(device) for k, v in next(batches).items()}
        output = logits(weights, batch)[:, :-1].float()
        # what follows the last token of one conversation is the first of another, and has no weight
        losses = F.cross_entropy(output.flatten(0, 1), batch["ids"][:, 1:].flatten().long(), reduction="none")
        w = batch["weights"][:, 1:].flatten()
        loss = (losses * w).sum() / w.sum()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights.values(), 1.0)
        for optimiser in optimisers:
            for group in optimiser.param_groups:
                group["lr"] = rate * min(1, (step + 1) / 50) * (1 - spent)
            optimiser.step()
            optimiser.zero_grad()
        step += 1
        with torch.no_grad():
            torch._foreach_lerp_(list(averaged.values()), list(weights.values()), max(0.01, 1 / (step + 1)))
            running = loss.detach() if running is None else running.lerp(loss.detach(), 0.03)
        if step % 25 == 0:
            print(f"step {step} {time.time() - began:.0f} s, loss {running.item():.4f}", flush=True)
        if time.time() - saved > save_every:
            export(averaged, tokenizer, out)
            saved = time.time()
    export(averaged, tokenizer, out)


def as_it_is(batch):
    return batch


CHAT_TEMPLATE = ("{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
                 "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")


def export(weights, tokenizer, out):
    os.makedirs(out, exist_ok=True)
    weights = {k: v.detach().cpu() for k, v in weights.items()}
    save_file({k: v.to(torch.bfloat16).contiguous() for k, v in weights.items()}, out + "/model.safetensors.part", metadata={"format": "pt"})
    os.replace(out + "/model.safetensors.part", out + "/model.safetensors")
    os.makedirs(out + "/float32", exist_ok=True)
    save_file({k: v.contiguous() for k, v in weights.items()}, out + "/float32/model.safetensors")  # what the rounding costs can be measured
    json.dump({"architectures": ["LlamaForCausalLM"], "model_type": "llama", "torch_dtype": "bfloat16", "vocab_size": VOCABULARY,
               "hidden_size": WIDTH, "intermediate_size": MLP_WIDTH, "num_hidden_layers": LAYERS,
               "num_attention_heads": HEADS, "num_key_value_heads": 1, "head_dim": HEAD_WIDTH, "hidden_act": "silu",
               "max_position_embeddings": 65536, "rms_norm_eps": EPSILON, "rope_theta": THETA, "rope_scaling": None, "attention_bias": False,
               "mlp_bias": False, "tie_word_embeddings": False, "bos_token_id": 0, "eos_token_id": 2}, open(out + "/config.json", "w"), indent=1)
    json.dump({"eos_token_id": [2, 0], "pad_token_id": 0, "do_sample": False}, open(out + "/generation_config.json", "w"), indent=1)
    json.dump({"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": None, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>",
               "model_max_length": 65536, "chat_template": CHAT_TEMPLATE}, open(out + "/tokenizer_config.json", "w"), indent=1)
    tokenizer.save(out + "/tokenizer.json")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="trains the lighthouse model")
    arguments.add_argument("out", help="the checkpoint folder to write, now and then and at the end")
    arguments.add_argument("seconds", type=float, nargs="?", default=3600, help="how long to train; the learning rate falls to nothing over this time")
    arguments.add_argument("--resume", help="a checkpoint folder to start from; without it, training starts from nothing")
    arguments.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N; a GPU gets larger batches")
    arguments.add_argument("--long", action="store_true", help="registers of up to 250 entries, too: 16,000 tokens, which want a GPU")
    arguments.add_argument("--learning-rate", type=float, default=4e-4, help="at its highest")
    arguments.add_argument("--save-every", type=float, default=300, help="seconds")
    arguments.add_argument("--seed", type=int, default=11)
    a = arguments.parse_args()
    main(a.out, a.seconds, a.resume, a.seed, a.device, a.long, a.learning_rate, a.save_every)
