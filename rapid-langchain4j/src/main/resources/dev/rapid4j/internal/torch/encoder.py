# The text encoder of BERT, RoBERTa and XLM-RoBERTa, and the three views of BGE-M3 on top of it.
#
# The dialect is that of decoder.py. Shapes stand in brackets; N tokens of all sequences together, d the width of a head.
# Sequences lie packed one behind the other, without padding, in groups of equal length: group i has counts[i] sequences
# of lengths[i] tokens. Everything but attention works on tokens and does not care where a sequence ends.


class Linear(NamedTuple):
  weight : Tensor
  bias : Tensor


class Norm(NamedTuple):
  weight : Tensor
  bias : Tensor


class Embedding(NamedTuple):
  words : Tensor
  positions : Tensor
  types : Tensor  # of segments; every token is in the first
  norm : __torch__.Norm


class Layer(NamedTuple):
  query : __torch__.Linear
  key : __torch__.Linear
  value : __torch__.Linear
  output : __torch__.Linear
  attention_norm : __torch__.Norm
  up : __torch__.Linear
  down : __torch__.Linear
  feed_forward_norm : __torch__.Norm


class Settings(NamedTuple):
  heads : int
  first_position : int  # of a sequence, in the table of positions
  activation : str
  mean : bool  # the dense vector is the mean over the tokens instead of the first one
  normalized : bool
  epsilon : float  # of LayerNorm


class Model(NamedTuple):
  embedding : __torch__.Embedding
  layers : List[__torch__.Layer]
  lexical_head : Optional[__torch__.Linear]
  token_head : Optional[__torch__.Linear]
  settings : __torch__.Settings


def linear(x: Tensor, layer: __torch__.Linear) -> Tensor:
  return torch.linear(x, layer.weight, layer.bias)


def layer_norm(x: Tensor, norm: __torch__.Norm, epsilon: float) -> Tensor:
  # adds up in float32 whatever the type of x
  return torch.layer_norm(x, [x.size(-1)], norm.weight, norm.bias, epsilon)


def group(x: Tensor, at: int, count: int, length: int) -> Tensor:
  # the group that begins at token `at` of x [N, ...] -> [count, length, ...], a view
  return x.narrow(0, at, count * length).unflatten(0, [count, length])


def activate(x: Tensor, activation: str) -> Tensor:
  # in place: the widest tensor of the network
  if activation == "RELU":
    return torch.relu_(x)
  if activation == "GELU_TANH":
    return torch.gelu_(x, approximate="tanh")
  if activation == "GELU":
    return torch.gelu_(x)
  ops.prim.RaiseException("unknown activation " + activation, "builtins.ValueError")
  return x


def embed(model: __torch__.Model, ids: List[int], counts: List[int], lengths: List[int]) -> Tensor:
  table, settings = model.embedding, model.settings
  device = table.words.device
  positions = annotate(List[Tensor], [])
  for i in range(len(counts)):
    first = settings.first_position
    position = torch.arange(first, first + lengths[i], 1, dtype=4, device=device)
    positions = positions + [position.repeat([counts[i]])]
  x = torch.embedding(table.words, torch.tensor(ids, dtype=4, device=device)) + torch.select(table.types, 0, 0)
  return __torch__.layer_norm(x + torch.embedding(table.positions, torch.cat(positions, 0)), table.norm, settings.epsilon)


def attention(q: Tensor, k: Tensor, v: Tensor, heads: int, counts: List[int], lengths: List[int]) -> Tensor:
  # q, k, v [N, heads * d] -> the same; the sequences of a group attend side by side, each to itself, without a mask
  q, k, v = q.unflatten(1, [heads, -1]), k.unflatten(1, [heads, -1]), v.unflatten(1, [heads, -1])
  out = annotate(List[Tensor], [])
  at = 0
  for i in range(len(counts)):
    group_q = __torch__.group(q, at, counts[i], lengths[i]).transpose(1, 2)
    group_k = __torch__.group(k, at, counts[i], lengths[i]).transpose(1, 2)
    group_v = __torch__.group(v, at, counts[i], lengths[i]).transpose(1, 2)
    group_out = torch.scaled_dot_product_attention(group_q, group_k, group_v)
    out = out + [group_out.transpose(1, 2).flatten(0, 1).flatten(1, 2)]
    at = at + counts[i] * lengths[i]
  return torch.cat(out, 0)


def layer(settings: __torch__.Settings, w: __torch__.Layer, x: Tensor, counts: List[int], lengths: List[int]) -> Tensor:
  q, k, v = __torch__.linear(x, w.query), __torch__.linear(x, w.key), __torch__.linear(x, w.value)
  h = __torch__.linear(__torch__.attention(q, k, v, settings.heads, counts, lengths), w.output)
  x = __torch__.layer_norm(torch.add_(h, x), w.attention_norm, settings.epsilon)
  h = __torch__.activate(__torch__.linear(x, w.up), settings.activation)
  return __torch__.layer_norm(torch.add_(__torch__.linear(h, w.down), x), w.feed_forward_norm, settings.epsilon)


def forward(model: __torch__.Model, ids: List[int], counts: List[int], lengths: List[int]) -> Tensor:
  # -> hidden states [N, hidden]
  x = __torch__.embed(model, ids, counts, lengths)
  for layer in model.layers:
    x = __torch__.layer(model.settings, layer, x, counts, lengths)
  return x


def finite(x: Tensor) -> Tensor:
  if not bool(torch.all(torch.isfinite(x))):
    ops.prim.RaiseException("the model returned infinite or NaN values", "rapid.NotFiniteError")
  return x


def normalize(x: Tensor) -> Tensor:
  # to length 1; x in float32
  length = torch.norm(x, 2, [-1], True)
  return x / torch.clamp(__torch__.finite(length), 1e-12)


def dense(model: __torch__.Model, x: Tensor, counts: List[int], lengths: List[int]) -> List[float]:
  # one vector a sequence -> [sequences * hidden]
  pooled = annotate(List[Tensor], [])
  at = 0
  for i in range(len(counts)):
    group = __torch__.group(x, at, counts[i], lengths[i])
    if model.settings.mean:
      pooled = pooled + [torch.mean(group.to(6), [1])]
    else:
      pooled = pooled + [torch.select(group, 1, 0).to(6)]
    at = at + counts[i] * lengths[i]
  vectors = __torch__.finite(torch.cat(pooled, 0))
  if model.settings.normalized:
    vectors = __torch__.normalize(vectors)
  return __torch__.numbers(vectors)


def token_weights(model: __torch__.Model, x: Tensor) -> List[float]:
  # the lexical view: how much each token matters -> [N]
  head = model.lexical_head
  if head is None:
    return annotate(List[float], [])
  return __torch__.numbers(torch.relu(__torch__.finite(__torch__.linear(x, head).to(6))))


def token_vectors(model: __torch__.Model, x: Tensor, counts: List[int], lengths: List[int], dtype: int) -> Tensor:
  # a vector of length 1 for each token but the first of each sequence -> [N - sequences, width], sequence by sequence
  head = model.token_head
  if head is None:
    return torch.empty([0], dtype=dtype, device=x.device)
  rows = 0
  for i in range(len(counts)):
    rows = rows + counts[i] * (lengths[i] - 1)
  vectors = torch.empty([rows, head.weight.size(0)], dtype=dtype, device=x.device)
  at, to = 0, 0
  for i in range(len(counts)):
    group = __torch__.group(x, at, counts[i], lengths[i])
    rest = group.narrow(1, 1, lengths[i] - 1).flatten(0, 1)
    torch.copy_(vectors.narrow(0, to, rest.size(0)), __torch__.normalize(__torch__.linear(rest, head).to(6)))
    at, to = at + counts[i] * lengths[i], to + rest.size(0)
  return vectors


def numbers(x: Tensor) -> List[float]:
  return annotate(List[float], x.to(torch.device("cpu"), 7).reshape([-1]).tolist())


def taken_linear(weights: Dict[str, Tensor], name: str) -> __torch__.Linear:
  # a layer by its name, whose weights are no longer among the others
  return __torch__.Linear(weights.pop(name + ".weight"), weights.pop(name + ".bias"))


def taken_norm(weights: Dict[str, Tensor], name: str) -> __torch__.Norm:
  return __torch__.Norm(weights.pop(name + ".weight"), weights.pop(name + ".bias"))


def taken_head(weights: Dict[str, Tensor], name: str) -> Optional[__torch__.Linear]:
  if name + ".weight" in weights:
    return __torch__.taken_linear(weights, name)
  return None


def taken_layer(weights: Dict[str, Tensor], at: str) -> __torch__.Layer:
  query = __torch__.taken_linear(weights, at + "query")
  key = __torch__.taken_linear(weights, at + "key")
  value = __torch__.taken_linear(weights, at + "value")
  output = __torch__.taken_linear(weights, at + "output")
  attention_norm = __torch__.taken_norm(weights, at + "attention_norm")
  up = __torch__.taken_linear(weights, at + "up")
  down = __torch__.taken_linear(weights, at + "down")
  feed_forward_norm = __torch__.taken_norm(weights, at + "feed_forward_norm")
  return __torch__.Layer(query, key, value, output, attention_norm, up, down, feed_forward_norm)


class Encoder(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  _is_full_backward_hook : Optional[bool]

  def settings(self, heads: int, first_position: int, activation: str, mean: bool, normalized: bool,
      epsilon: float) -> __torch__.Settings:
    return __torch__.Settings(heads, first_position, activation, mean, normalized, epsilon)

  def assemble(self, weights: Dict[str, Tensor], layers: int, settings: __torch__.Settings) -> __torch__.Model:
    # takes the weights out of the table: those of the embedding with `embedding.` before their names in `Embedding`, those
    # of layer i with `layers.i.` before their names in `Layer`, and of the heads
    norm = __torch__.taken_norm(weights, "embedding.norm")
    words, positions = weights.pop("embedding.words"), weights.pop("embedding.positions")
    embedding = __torch__.Embedding(words, positions, weights.pop("embedding.types"), norm)
    assembled = annotate(List[__torch__.Layer], [])
    for i in range(layers):
      assembled = assembled + [__torch__.taken_layer(weights, "layers." + str(i) + ".")]
    lexical, token = __torch__.taken_head(weights, "lexical_head"), __torch__.taken_head(weights, "token_head")
    if len(weights) > 0:
      ops.prim.RaiseException("no place for the weights " + str(weights.keys()), "builtins.ValueError")
    return __torch__.Model(embedding, assembled, lexical, token, settings)

  def embed(self, model: __torch__.Model, ids: List[int], counts: List[int], lengths: List[int]) -> List[float]:
    return __torch__.dense(model, __torch__.forward(model, ids, counts, lengths), counts, lengths)

  def views(self, model: __torch__.Model, ids: List[int], counts: List[int], lengths: List[int],
      dtype: int) -> Tuple[List[float], List[float], Tensor]:
    x = __torch__.forward(model, ids, counts, lengths)
    vectors = __torch__.token_vectors(model, x, counts, lengths, dtype)
    return (__torch__.dense(model, x, counts, lengths), __torch__.token_weights(model, x), vectors)

  def late_interaction(self, question: Tensor, question_start: int, question_rows: int, passages: Tensor,
      starts: List[int], rows: List[int]) -> List[float]:
    # token vectors as from `views` -> a score for each passage: for each token of the question the likeness of the
    # passage's token that is most alike, averaged. A block of the question at a time bounds the memory
    q = question.narrow(0, question_start, question_rows).to(passages.device, 6)
    scores = annotate(List[Tensor], [])
    for i in range(len(starts)):
      p = torch.t(passages.narrow(0, starts[i], rows[i]).to(6))
      best = annotate(List[Tensor], [])
      for block in torch.split(q, 256):
        best = best + [torch.amax(torch.matmul(block, p), [1])]
      scores = scores + [torch.mean(torch.cat(best, 0).to(7))]
    return __torch__.numbers(torch.stack(scores, 0))

  def rows_to_bytes(self, vectors: Tensor, start: int, rows: int, bytes: Tensor) -> int:
    torch.copy_(bytes, torch.view_copy(torch.contiguous(vectors.narrow(0, start, rows)), dtype=0).reshape([-1]))
    return bytes.size(0)

  def bytes_to_rows(self, bytes: Tensor, width: int, dtype: int, device: str) -> Tensor:
    # the reverse -> [rows, width]
    return torch.view_copy(bytes, dtype=dtype).reshape([-1, width]).to(torch.device(device), dtype)

  def values(self, vectors: Tensor, start: int, rows: int) -> List[float]:
    return __torch__.numbers(vectors.narrow(0, start, rows))
