"""The decoder's program with weights of its own, as Java's LanguageModel holds it: all that knows the program's signatures."""

import json
from pathlib import Path

import torch

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
DTYPE_CODES = {torch.float16: 5, torch.float32: 6, torch.bfloat16: 15}
# temperature, top-p, top-k, frequency and presence penalty
GREEDY = (0.0, 1.0, 0, 0.0, 0.0)
SAMPLING = (0.8, 0.95, 200, 0.1, 0.1)


class Model:
    """The program's class of this name, as an object of which Python gets what `assemble` returns."""


class Cache:
    """The same for `new_cache`."""


def load(path):
    """A program as torch.jit.load reads it, but among the classes of Python's own scripts, so that these are found there."""
    torch.jit._state._name_to_pyclass.update({"__torch__.Model": Model, "__torch__.Cache": Cache})
    return torch.jit._recursive.wrap_cpp_module(
        torch._C.import_ir_module(torch.jit._state._python_cu, str(path), None, {}, False)
    )


def read_shape(programs, name):
    file = Path(programs) / f"{name}.json"
    if not file.is_file():
        names = ", ".join(sorted(file.stem for file in Path(programs).glob("*.json")))
        raise SystemExit(f"there is no shape {name} in {programs}: there are {names}")
    return json.loads(file.read_text())


def function(name):
    """One of the functions that the programs so read have in common, for what no method of theirs does alone."""
    return torch.jit._state._python_cu.find_function("__torch__." + name)


class Decoder:
    """A network. `weights`, by the names that decoder.py gives them, is empty afterwards. `firsts`: of the layers, the first
    of each stage."""

    def __init__(self, program, shape, weights, chunk, firsts=(0,)):
        self.program, self.chunk = program, chunk
        self.vocabulary = shape["vocab_size"]
        self.layers, self.kv_heads, self.d = (
            shape[name] for name in ("num_hidden_layers", "num_key_value_heads", "head_dim")
        )
        embedding = weights["embedding"]
        self.device, self.dtype = embedding.device, embedding.dtype
        self.dtype_code = DTYPE_CODES[self.dtype]
        # of an embedding table that is no head a pass reads only a few rows
        self.pass_bytes = sum(weight.nbytes for weight in weights.values())
        self.pass_bytes -= embedding.nbytes if any(name.startswith("head.") for name in weights) else 0
        self.model = program.assemble(
            program.weights(weights, {}, False),
            self._network(shape),
            self._rotaries(shape),
            list(firsts),
            ",".join([str(self.device)] * len(firsts)),
        )
        weights.clear()

    def _network(self, shape):
        program, heads, layers = self.program, shape["num_attention_heads"], shape["num_hidden_layers"]
        threads = torch.get_num_threads() if self.device.type == "cpu" else 1
        return program.network(
            program.attention(
                heads, self.kv_heads, self.d, max(1, threads // self.kv_heads), self.d**-0.5, shape.get("soft_cap", 0.0)
            ),
            program.feed_forward(
                shape["intermediate_size"],
                shape["hidden_act"],
                [shape.get("experts", 0)] * layers,
                program.mixture(shape.get("chosen", 0), True, shape.get("expert_size", 0), 0, False),
            ),
            program.norms(shape.get("centred", False), shape.get("offset", False), shape["rms_norm_eps"], shape.get("parallel", False)),
            program.multipliers(1.0, 1.0, 1.0, shape.get("logit_soft_cap", 0.0), 0.0, 1.0),
            # every other layer, where there are windows
            [shape.get("window", 0) * (i % 2) for i in range(layers)],
            [0] * layers,
        )

    def _rotaries(self, shape):
        turned = int(self.d * shape.get("partial_rotary_factor", 1.0))
        frequencies = [shape["rope_theta"] ** (-2 * i / turned) for i in range(turned // 2)]
        return self.program.rotaries(frequencies, [len(frequencies)], [1.0])

    def cache_bytes(self, tokens):
        return 2 * self.layers * self.kv_heads * self.d * self.dtype.itemsize * tokens

    def new_cache(self, capacity):
        return self.program.new_cache(self.model, capacity, capacity, self.dtype_code)

    def sampling(self, values):
        return self.program.sampling(*values, self.vocabulary)

    def prefill(self, cache, past, ids):
        """Reads tokens into the cache, a chunk an iteration; yields how many."""
        for start in range(0, len(ids), self.chunk):
            part = ids[start : start + self.chunk]
            self.program.prefill(self.model, self.program.reading(cache, past + start, 0, part))
            yield len(part)

    def read(self, ids, room):
        """A cache with these tokens and room for so many more."""
        cache = self.new_cache(len(ids) + room)
        for _ in self.prefill(cache, 0, ids):
            pass
        return cache

    def branch(self, cache, past, room):
        """A cache that begins with the tokens of another, which are read there, and has room for so many more."""
        branch = self.program.branch_cache(self.model, cache, past, past, room, past + room)
        self.program.copy_window(branch, cache, 0, past)
        return branch

    def logits(self, cache, past, ids):
        flat = self.program.logits(self.model, self.program.reading(cache, past, 0, ids), [len(ids)])
        return torch.tensor(flat).view(len(ids), self.vocabulary)

    def draft_of(self, tokens):
        return self.program.draft_of(tokens)

    def draft(self, cache, past, skipped, unread, drafting):
        return self.program.draft(self.model, self.program.reading(cache, past, skipped, unread), drafting)[0]

    def complete(self, cache, past, skipped, unread, completion):
        return self.program.complete(self.model, self.program.reading(cache, past, skipped, unread), completion)[0]

    def verify(self, cache, past, pending, draft, verification):
        """-> how many drafted tokens stand, and the token after them."""
        reading = self.program.reading(cache, past, 0, pending + list(draft.tokens))
        return self.program.verify(self.model, reading, verification)

    def drafting(self, sampling, length, uniforms, *, learn=False, masks=None, given=()):
        sampling = self._masked(sampling, masks)
        make = self.program.drafting_to_learn if learn else self.program.drafting
        return self.program.drafting_behind(make(sampling, length, 0.0, [], [], uniforms), list(given))

    def completion(self, sampling, draft):
        return self.program.completion(self.sampling(sampling), draft, [])

    def verification(self, sampling, draft, margin, uniforms, *, masks=None):
        return self.program.verification(self._masked(sampling, masks), draft, margin, 0.1, [], uniforms)

    def _masked(self, values, masks):
        sampling = self.sampling(values)
        return sampling if masks is None else self.program.constrained(sampling, masks)

    def step(self, cache, past, ids):
        """One pending token and the others drafted, verified greedily."""
        draft = self.draft_of(ids[1:])
        return self.verify(cache, past, ids[:1], draft, self.verification(GREEDY, draft, 0.0, [0.0] * len(ids)))


def weight_sizes(shape):
    """Sizes of the weights by the names that decoder.py gives them."""
    hidden, intermediate, d = shape["hidden_size"], shape["intermediate_size"], shape["head_dim"]
    heads, queries, keys = (
        shape["num_attention_heads"], shape["num_attention_heads"] * d, shape["num_key_value_heads"] * d
    )
    table = [shape["vocab_size"], hidden]
    sizes = {"embedding": table, "norm": [hidden]}
    if not shape["tie_word_embeddings"]:
        sizes["head.weight"] = table

    def feed_forward(at, width):
        sizes[at + "gate.weight"] = sizes[at + "up.weight"] = [width, hidden]
        sizes[at + "down.weight"] = [hidden, width]

    for i in range(shape["num_hidden_layers"]):
        layer = f"layers.{i}."
        sizes[layer + "input_norm"] = [hidden]
        for name, rows in ("query", queries), ("key", keys), ("value", keys):
            sizes[f"{layer}{name}.weight"] = [rows, hidden]
            if shape["model_type"] == "qwen2":
                sizes[f"{layer}{name}.bias"] = [rows]
        if shape.get("head_norms"):
            sizes[layer + "query_norm"] = sizes[layer + "key_norm"] = [d]
        if shape.get("sinks"):
            sizes[layer + "sinks"] = [heads]
        sizes[layer + "output.weight"] = [hidden, queries]
        if not shape.get("parallel"):
            sizes[layer + "feed_forward_norm"] = [hidden]
        if shape.get("experts"):
            sizes[layer + "experts.router.weight"] = [shape["experts"], hidden]
            for expert in range(shape["experts"]):
                feed_forward(f"{layer}experts.{expert}.", shape["expert_size"])
        else:
            feed_forward(layer, intermediate)
    return sizes


def random_weights(shape, device, dtype):
    torch.manual_seed(1)
    weights = {}
    for name, size in weight_sizes(shape).items():
        weight = torch.empty(size, device=device, dtype=dtype)
        # norms that leave lengths as they are
        one = 0 if shape.get("offset") else 1
        weights[name] = weight.fill_(one) if name.endswith("norm") else weight.normal_(0, 0.05)
    return weights


def random_ids(count, vocabulary):
    return torch.randint(vocabulary, [count], generator=torch.Generator().manual_seed(count)).tolist()
