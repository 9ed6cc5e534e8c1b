# The text encoder of BERT, RoBERTa and XLM-RoBERTa, and the three views of BGE-M3 on top of it.
#
# The dialect is that of decoder.py. Shapes stand in brackets; N tokens of all sequences together, d the width of a head.
# Sequences lie packed one behind the other, without padding, in groups of equal length: group i has counts[i] sequences
# of lengths[i] tokens. Everything but attention works on tokens and does not care where a sequence ends.


class Model(NamedTuple):
  weights : List[Tensor]  # words, positions, types, norm; lexical head, token head; then 16 a layer (see `layer`). A
  # linear layer or norm is two: weight and bias; one that is absent is empty
  layers : int
  heads : int
  first_position : int  # of a sequence, in the table of positions
  activation : str
  mean : bool  # the dense vector is the mean over the tokens instead of the first one
  normalized : bool
  epsilon : float  # of LayerNorm


def linear(x: Tensor, w: List[Tensor], at: int) -> Tensor:
  if torch.numel(w[at + 1]) > 0:
    return torch.linear(x, w[at], w[at + 1])
  return torch.linear(x, w[at])


def layer_norm(model: __torch__.Model, x: Tensor, at: int) -> Tensor:
  # adds up in float32 whatever the type of x
  return torch.layer_norm(x, [x.size(-1)], model.weights[at], model.weights[at + 1], model.epsilon)


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
  w = model.weights
  device = w[0].device
  positions = annotate(List[Tensor], [])
  for i in range(len(counts)):
    first = model.first_position
    position = torch.arange(first, first + lengths[i], 1, dtype=4, device=device)
    positions = positions + [position.repeat([counts[i]])]
  x = torch.embedding(w[0], torch.tensor(ids, dtype=4, device=device))
  if torch.numel(w[2]) > 0:
    x = x + torch.select(w[2], 0, 0)
  return __torch__.layer_norm(model, x + torch.embedding(w[1], torch.cat(positions, 0)), 3)


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


def layer(model: __torch__.Model, at: int, x: Tensor, counts: List[int], lengths: List[int]) -> Tensor:
  # the weights from `at` on: query, key, value, output, norm, up, down, norm
  w = model.weights
  q, k, v = __torch__.linear(x, w, at), __torch__.linear(x, w, at + 2), __torch__.linear(x, w, at + 4)
  h = __torch__.linear(__torch__.attention(q, k, v, model.heads, counts, lengths), w, at + 6)
  x = __torch__.layer_norm(model, torch.add_(h, x), at + 8)
  h = __torch__.activate(__torch__.linear(x, w, at + 10), model.activation)
  return __torch__.layer_norm(model, torch.add_(__torch__.linear(h, w, at + 12), x), at + 14)


def forward(model: __torch__.Model, ids: List[int], counts: List[int], lengths: List[int]) -> Tensor:
  # -> hidden states [N, hidden]
  x = __torch__.embed(model, ids, counts, lengths)
  for i in range(model.layers):
    x = __torch__.layer(model, 9 + 16 * i, x, counts, lengths)
  return x


def finite(x: Tensor) -> Tensor:
  if not bool(torch.all(torch.isfinite(x))):
    ops.prim.RaiseException("the model returned infinite or NaN values", "builtins.ValueError")
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
    if model.mean:
      pooled = pooled + [torch.mean(group.to(6), [1])]
    else:
      pooled = pooled + [torch.select(group, 1, 0).to(6)]
    at = at + counts[i] * lengths[i]
  vectors = __torch__.finite(torch.cat(pooled, 0))
  if model.normalized:
    vectors = __torch__.normalize(vectors)
  return __torch__.numbers(vectors)


def token_weights(model: __torch__.Model, x: Tensor) -> List[float]:
  # the lexical view: how much each token matters -> [N]
  if torch.numel(model.weights[5]) == 0:
    return annotate(List[float], [])
  return __torch__.numbers(torch.relu(__torch__.finite(__torch__.linear(x, model.weights, 5).to(6))))


def token_vectors(model: __torch__.Model, x: Tensor, counts: List[int], lengths: List[int], dtype: int) -> Tensor:
  # a vector of length 1 for each token but the first of each sequence -> [N - sequences, width], sequence by sequence
  w = model.weights
  if torch.numel(w[7]) == 0:
    return torch.empty([0], dtype=dtype, device=x.device)
  rows = 0
  for i in range(len(counts)):
    rows = rows + counts[i] * (lengths[i] - 1)
  vectors = torch.empty([rows, w[7].size(0)], dtype=dtype, device=x.device)
  at, to = 0, 0
  for i in range(len(counts)):
    group = __torch__.group(x, at, counts[i], lengths[i])
    rest = group.narrow(1, 1, lengths[i] - 1).flatten(0, 1)
    torch.copy_(vectors.narrow(0, to, rest.size(0)), __torch__.normalize(__torch__.linear(rest, w, 7).to(6)))
    at, to = at + counts[i] * lengths[i], to + rest.size(0)
  return vectors


def numbers(x: Tensor) -> List[float]:
  return annotate(List[float], x.to(torch.device("cpu"), 7).reshape([-1]).tolist())


class Encoder(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  _is_full_backward_hook : Optional[bool]

  def assemble(self, weights: List[Tensor], layers: int, heads: int, first_position: int, activation: str, mean: bool, normalized: bool, epsilon: float) -> __torch__.Model:
    return __torch__.Model(weights, layers, heads, first_position, activation, mean, normalized, epsilon)

  def embed(self, model: __torch__.Model, ids: List[int], counts: List[int], lengths: List[int]) -> List[float]:
    return __torch__.dense(model, __torch__.forward(model, ids, counts, lengths), counts, lengths)

  def views(self, model: __torch__.Model, ids: List[int], counts: List[int], lengths: List[int], dtype: int) -> Tuple[List[float], List[float], Tensor]:
    x = __torch__.forward(model, ids, counts, lengths)
    vectors = __torch__.token_vectors(model, x, counts, lengths, dtype)
    return (__torch__.dense(model, x, counts, lengths), __torch__.token_weights(model, x), vectors)

  def late_interaction(self, question: Tensor, question_start: int, question_rows: int, passages: Tensor, starts: List[int], rows: List[int]) -> List[float]:
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

  def values(self, vectors: Tensor, start: int, rows: int) -> List[float]:
    return __torch__.numbers(vectors.narrow(0, start, rows))
