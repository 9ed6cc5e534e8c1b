# The text encoders of BERT, RoBERTa, XLM-RoBERTa, MPNet, ModernBERT and EmbeddingGemma, and what is made of their hidden
# states: dense vectors, the three views of BGE-M3, scores of pairs.
#
# The dialect is that of decoder.py. Shapes stand in brackets; N tokens of all sequences together, d the width of a head.
# Sequences lie packed one behind the other, without padding, in groups of equal length: group i has counts[i] sequences
# of lengths[i] tokens. Everything but attention works on tokens and does not care where a sequence ends.
# What a network has follows from the weights that are there.


class Linear(NamedTuple):
  weight : Tensor
  bias : Optional[Tensor]


class Norm(NamedTuple):
  weight : Tensor
  bias : Optional[Tensor]


class Embedding(NamedTuple):
  words : Tensor
  positions : Optional[Tensor]
  types : Optional[Tensor]  # of segments
  norm : Optional[__torch__.Norm]


class Attention(NamedTuple):
  query : __torch__.Linear
  key : __torch__.Linear
  value : __torch__.Linear
  output : __torch__.Linear
  query_norm : Optional[__torch__.Norm]  # of each head
  key_norm : Optional[__torch__.Norm]
  window : int  # tokens to either side that a token sees; 0 for all
  theta : float  # of the rotary embedding; 0 for none


class Layer(NamedTuple):
  input_norm : Optional[__torch__.Norm]
  attention : __torch__.Attention
  attention_norm : Optional[__torch__.Norm]  # behind the attention
  feed_forward_norm : Optional[__torch__.Norm]
  gate : Optional[__torch__.Linear]
  up : __torch__.Linear
  down : __torch__.Linear
  output_norm : Optional[__torch__.Norm]  # behind the feed-forward block


class Shape(NamedTuple):
  heads : int
  kv_heads : int
  d : int
  scale : float  # of attention scores
  first_position : int  # of a sequence, in the table of positions


class Settings(NamedTuple):
  activation : str
  rms : bool  # norms are RMS norms whose weight is added to 1, else layer norms
  norms_sum : bool  # a norm behind a block is of its sum with what went in, else of what came out
  epsilon : float  # of norms
  embedding_scale : float


class Output(NamedTuple):
  mean : bool  # the vector of a sequence is the mean over the tokens instead of the first one
  normalized : bool
  scorer_activation : str


class Projection(NamedTuple):
  linear : __torch__.Linear
  tanh : bool  # behind it


class Scorer(NamedTuple):
  dense : __torch__.Linear
  norm : Optional[__torch__.Norm]
  output : __torch__.Linear


class Model(NamedTuple):
  embedding : __torch__.Embedding
  layers : List[__torch__.Layer]
  relative : Optional[Tensor]  # what is added to scores, by how far the key is, [buckets, heads]
  norm : Optional[__torch__.Norm]
  projections : List[__torch__.Projection]  # of pooled vectors
  lexical_head : Optional[__torch__.Linear]
  token_head : Optional[__torch__.Linear]
  scorer : Optional[__torch__.Scorer]
  shape : __torch__.Shape
  settings : __torch__.Settings
  out : __torch__.Output


class Batch(NamedTuple):
  counts : List[int]
  lengths : List[int]
  positions : Tensor  # of each token in its sequence, [N]
  biases : List[Tensor]  # for each group, if the network has them, [1, heads, length, length]


def linear(x: Tensor, layer: __torch__.Linear) -> Tensor:
  return torch.linear(x, layer.weight, layer.bias)


def norm(x: Tensor, norm: Optional[__torch__.Norm], settings: __torch__.Settings) -> Tensor:
  # adds up in float32 whatever the type of x
  if norm is None:
    return x
  if settings.rms:
    y = x.to(6)
    y = y * torch.rsqrt(torch.mean(y * y, [-1], True) + settings.epsilon)
    return (y * (norm.weight.to(6) + 1.)).to(x.dtype)
  return torch.layer_norm(x, [x.size(-1)], norm.weight, norm.bias, settings.epsilon)


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
  if activation == "TANH":
    return torch.tanh_(x)
  ops.prim.RaiseException("unknown activation " + activation, "builtins.ValueError")
  return x


def batch(model: __torch__.Model, counts: List[int], lengths: List[int]) -> __torch__.Batch:
  device = model.embedding.words.device
  positions = annotate(List[Tensor], [])
  biases = annotate(List[Tensor], [])
  relative = model.relative
  for i in range(len(counts)):
    positions.append(torch.arange(lengths[i], dtype=4, device=device).repeat([counts[i]]))
    if relative is not None:
      biases.append(__torch__.relative_bias(relative, lengths[i]))
  return __torch__.Batch(counts, lengths, torch.cat(positions, 0), biases)


def relative_bias(table: Tensor, length: int) -> Tensor:
  # -> [1, heads, length, length]. As in T5 with 128 as the farthest: half of the buckets are for keys behind the query, of
  # these half for a distance each, and half for distances that grow by powers
  half = torch.floordiv(table.size(0), 2)
  each = torch.floordiv(half, 2)
  position = torch.arange(length, dtype=4, device=table.device)
  offset = torch.unsqueeze(position, 0) - torch.unsqueeze(position, 1)
  distance = torch.abs(offset)
  steps = torch.log(torch.clamp(distance, 1).to(6) / each) / torch.log(128. / each) * (half - each)
  far = torch.clamp(steps.to(4) + each, None, half - 1)
  bucket = torch.where(distance < each, distance, far) + torch.gt(offset, 0).to(4) * half
  return torch.unsqueeze(torch.embedding(table, bucket).permute([2, 0, 1]), 0).contiguous()


def embed(model: __torch__.Model, ids: List[int], segments: List[int], batch: __torch__.Batch) -> Tensor:
  # segments: of each token; empty where all are in the first
  table, types, positions = model.embedding, model.embedding.types, model.embedding.positions
  device = table.words.device
  x = torch.embedding(table.words, torch.tensor(ids, dtype=4, device=device))
  if model.settings.embedding_scale != 1.:
    x = x * torch.tensor(model.settings.embedding_scale, dtype=x.dtype, device=device)
  if types is not None:
    if len(segments) == 0:
      x = x + torch.select(types, 0, 0)
    else:
      x = x + torch.embedding(types, torch.tensor(segments, dtype=4, device=device))
  if positions is not None:
    x = x + torch.embedding(positions, batch.positions + model.shape.first_position)
  return __torch__.norm(x, table.norm, model.settings)


def rotate(x: Tensor, theta: float, positions: Tensor) -> Tensor:
  # x [N, heads, d] by the position of each token
  d = x.size(-1)
  half = torch.floordiv(d, 2)
  frequencies = torch.reciprocal(torch.pow(theta, torch.arange(0, d, 2, dtype=6, device=x.device) / d))
  angle = torch.unsqueeze(torch.outer(positions.to(6), frequencies), 1)
  cos, sin = torch.cos(angle).to(x.dtype), torch.sin(angle).to(x.dtype)
  a, b = x.narrow(-1, 0, half), x.narrow(-1, half, half)
  return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


def attend_nearby(q: Tensor, k: Tensor, v: Tensor, window: int, scale: float) -> Tensor:
  # q, k, v [count, heads, length, d] -> like q: each token sees `window` tokens to either side. In blocks of as many tokens,
  # each of which needs no keys but those of its own, the one before and the one behind
  count, heads, length, d = q.size(0), q.size(1), q.size(2), q.size(3)
  blocks = torch.floordiv(length + window - 1, window)
  left = blocks * window - length
  q = torch.constant_pad_nd(q.flatten(0, 1), [0, 0, 0, left]).unflatten(1, [blocks, window])
  around = [0, 0, window, window + left]
  k = torch.constant_pad_nd(k.flatten(0, 1), around).unfold(1, 3 * window, window).transpose(2, 3)
  v = torch.constant_pad_nd(v.flatten(0, 1), around).unfold(1, 3 * window, window).transpose(2, 3)
  row = torch.arange(blocks * window, dtype=4, device=q.device).view([1, blocks, window, 1])
  key = torch.arange(3 * window, dtype=4, device=q.device).view([1, 1, 1, 3 * window])
  key = key + torch.arange(blocks, dtype=4, device=q.device).view([1, blocks, 1, 1]) * window - window
  seen = torch.logical_and(torch.le(torch.abs(key - row), window), torch.logical_and(torch.ge(key, 0), torch.lt(key, length)))
  out = torch.scaled_dot_product_attention(q, k, v, seen, 0., False, scale=scale)
  return out.flatten(1, 2).narrow(1, 0, length).unflatten(0, [count, heads])


def attention(model: __torch__.Model, w: __torch__.Attention, x: Tensor, batch: __torch__.Batch) -> Tensor:
  # the sequences of a group attend side by side, each to itself
  shape, settings = model.shape, model.settings
  q = __torch__.norm(__torch__.linear(x, w.query).unflatten(1, [shape.heads, shape.d]), w.query_norm, settings)
  k = __torch__.norm(__torch__.linear(x, w.key).unflatten(1, [shape.kv_heads, shape.d]), w.key_norm, settings)
  v = __torch__.linear(x, w.value).unflatten(1, [shape.kv_heads, shape.d])
  if w.theta > 0.:
    q, k = __torch__.rotate(q, w.theta, batch.positions), __torch__.rotate(k, w.theta, batch.positions)
  if shape.heads != shape.kv_heads:
    share = torch.floordiv(shape.heads, shape.kv_heads)
    k, v = torch.repeat_interleave(k, share, 1), torch.repeat_interleave(v, share, 1)
  out = annotate(List[Tensor], [])
  at = 0
  for i in range(len(batch.counts)):
    count, length = batch.counts[i], batch.lengths[i]
    group_q = __torch__.group(q, at, count, length).transpose(1, 2)
    group_k = __torch__.group(k, at, count, length).transpose(1, 2)
    group_v = __torch__.group(v, at, count, length).transpose(1, 2)
    if w.window > 0 and length > w.window + 1:
      group_out = __torch__.attend_nearby(group_q, group_k, group_v, w.window, shape.scale)
    elif len(batch.biases) > 0:
      group_out = torch.scaled_dot_product_attention(group_q, group_k, group_v, batch.biases[i], 0., False, scale=shape.scale)
    else:
      group_out = torch.scaled_dot_product_attention(group_q, group_k, group_v, None, 0., False, scale=shape.scale)
    out.append(group_out.transpose(1, 2).flatten(0, 1).flatten(1, 2))
    at = at + count * length
  return __torch__.linear(torch.cat(out, 0), w.output)


def add(x: Tensor, h: Tensor, norm: Optional[__torch__.Norm], settings: __torch__.Settings) -> Tensor:
  # what came out of a block onto what went in, with the norm behind the block
  if settings.norms_sum:
    return __torch__.norm(torch.add_(h, x), norm, settings)
  return x + __torch__.norm(h, norm, settings)


def layer(model: __torch__.Model, w: __torch__.Layer, x: Tensor, batch: __torch__.Batch) -> Tensor:
  settings, gate = model.settings, w.gate
  h = __torch__.attention(model, w.attention, __torch__.norm(x, w.input_norm, settings), batch)
  x = __torch__.add(x, h, w.attention_norm, settings)
  h = __torch__.norm(x, w.feed_forward_norm, settings)
  up = __torch__.linear(h, w.up)
  if gate is None:
    h = __torch__.activate(up, settings.activation)
  else:
    h = torch.mul_(__torch__.activate(__torch__.linear(h, gate), settings.activation), up)
  return __torch__.add(x, __torch__.linear(h, w.down), w.output_norm, settings)


def forward(model: __torch__.Model, ids: List[int], segments: List[int], batch: __torch__.Batch) -> Tensor:
  # -> hidden states [N, hidden]
  x = __torch__.embed(model, ids, segments, batch)
  for layer in model.layers:
    x = __torch__.layer(model, layer, x, batch)
  return __torch__.norm(x, model.norm, model.settings)


def finite(x: Tensor) -> Tensor:
  if not bool(torch.all(torch.isfinite(x))):
    ops.prim.RaiseException("the model returned infinite or NaN values", "rapid.NotFiniteError")
  return x


def normalize(x: Tensor) -> Tensor:
  # to length 1; x in float32
  length = torch.norm(x, 2, [-1], True)
  return x / torch.clamp(__torch__.finite(length), 1e-12)


def pooled(model: __torch__.Model, x: Tensor, batch: __torch__.Batch) -> Tensor:
  # one vector a sequence -> [sequences, hidden] in float32
  vectors = annotate(List[Tensor], [])
  at = 0
  for i in range(len(batch.counts)):
    group = __torch__.group(x, at, batch.counts[i], batch.lengths[i])
    if model.out.mean:
      vectors.append(torch.mean(group.to(6), [1]))
    else:
      vectors.append(torch.select(group, 1, 0).to(6))
    at = at + batch.counts[i] * batch.lengths[i]
  return torch.cat(vectors, 0)


def dense(model: __torch__.Model, x: Tensor, batch: __torch__.Batch) -> List[float]:
  # -> [sequences * dimension]
  vectors = __torch__.pooled(model, x, batch)
  for projection in model.projections:
    vectors = __torch__.linear(vectors.to(x.dtype), projection.linear).to(6)
    if projection.tanh:
      vectors = torch.tanh(vectors)
  vectors = __torch__.finite(vectors)
  if model.out.normalized:
    vectors = __torch__.normalize(vectors)
  return __torch__.numbers(vectors)


def token_weights(model: __torch__.Model, x: Tensor) -> List[float]:
  # the lexical view: how much each token matters -> [N]
  head = model.lexical_head
  if head is None:
    return annotate(List[float], [])
  return __torch__.numbers(torch.relu(__torch__.finite(__torch__.linear(x, head).to(6))))


def token_vectors(model: __torch__.Model, x: Tensor, batch: __torch__.Batch, dtype: int) -> Tensor:
  # a vector of length 1 for each token but the first of each sequence -> [N - sequences, width], sequence by sequence
  head = model.token_head
  if head is None:
    return torch.empty([0], dtype=dtype, device=x.device)
  counts, lengths = batch.counts, batch.lengths
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


def taken_if_any(weights: Dict[str, Tensor], name: str) -> Optional[Tensor]:
  # a weight by its name, which is no longer among the others
  if name in weights:
    return weights.pop(name)
  return None


def taken_linear(weights: Dict[str, Tensor], name: str) -> __torch__.Linear:
  return __torch__.Linear(weights.pop(name + ".weight"), __torch__.taken_if_any(weights, name + ".bias"))


def taken_linear_if_any(weights: Dict[str, Tensor], name: str) -> Optional[__torch__.Linear]:
  if name + ".weight" in weights:
    return __torch__.taken_linear(weights, name)
  return None


def taken_norm(weights: Dict[str, Tensor], name: str) -> Optional[__torch__.Norm]:
  if name + ".weight" in weights:
    return __torch__.Norm(weights.pop(name + ".weight"), __torch__.taken_if_any(weights, name + ".bias"))
  return None


def taken_attention(weights: Dict[str, Tensor], at: str, window: int, theta: float) -> __torch__.Attention:
  query, key = __torch__.taken_linear(weights, at + "query"), __torch__.taken_linear(weights, at + "key")
  value, output = __torch__.taken_linear(weights, at + "value"), __torch__.taken_linear(weights, at + "output")
  query_norm, key_norm = __torch__.taken_norm(weights, at + "query_norm"), __torch__.taken_norm(weights, at + "key_norm")
  return __torch__.Attention(query, key, value, output, query_norm, key_norm, window, theta)


def taken_layer(weights: Dict[str, Tensor], at: str, window: int, theta: float) -> __torch__.Layer:
  attention = __torch__.taken_attention(weights, at, window, theta)
  input_norm, attention_norm = __torch__.taken_norm(weights, at + "input_norm"), __torch__.taken_norm(weights, at + "attention_norm")
  gate = __torch__.taken_linear_if_any(weights, at + "gate")
  up, down = __torch__.taken_linear(weights, at + "up"), __torch__.taken_linear(weights, at + "down")
  feed_forward_norm = __torch__.taken_norm(weights, at + "feed_forward_norm")
  output_norm = __torch__.taken_norm(weights, at + "output_norm")
  return __torch__.Layer(input_norm, attention, attention_norm, feed_forward_norm, gate, up, down, output_norm)


def taken_scorer(weights: Dict[str, Tensor]) -> Optional[__torch__.Scorer]:
  if "scorer.output.weight" in weights:
    dense, norm = __torch__.taken_linear(weights, "scorer.dense"), __torch__.taken_norm(weights, "scorer.norm")
    return __torch__.Scorer(dense, norm, __torch__.taken_linear(weights, "scorer.output"))
  return None


class Encoder(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  _is_full_backward_hook : Optional[bool]

  def shape(self, heads: int, kv_heads: int, d: int, scale: float, first_position: int) -> __torch__.Shape:
    return __torch__.Shape(heads, kv_heads, d, scale, first_position)

  def settings(self, activation: str, rms: bool, norms_sum: bool, epsilon: float,
      embedding_scale: float) -> __torch__.Settings:
    return __torch__.Settings(activation, rms, norms_sum, epsilon, embedding_scale)

  def layers(self, weights: Dict[str, Tensor], windows: List[int], thetas: List[float]) -> List[__torch__.Layer]:
    # takes the weights of layer i out of the table, with `layers.i.` before their names in `Layer` and `Attention`
    layers = annotate(List[__torch__.Layer], [])
    for i in range(len(windows)):
      layers.append(__torch__.taken_layer(weights, "layers." + str(i) + ".", windows[i], thetas[i]))
    return layers

  def output(self, mean: bool, normalized: bool, scorer_activation: str) -> __torch__.Output:
    return __torch__.Output(mean, normalized, scorer_activation)

  def projections(self, weights: Dict[str, Tensor], tanh: List[int]) -> List[__torch__.Projection]:
    # takes those of pooled vectors out of the table, `projections.i`
    projections = annotate(List[__torch__.Projection], [])
    for i in range(len(tanh)):
      linear = __torch__.taken_linear(weights, "projections." + str(i))
      projections.append(__torch__.Projection(linear, tanh[i] == 1))
    return projections

  def assemble(self, weights: Dict[str, Tensor], layers: List[__torch__.Layer], projections: List[__torch__.Projection],
      shape: __torch__.Shape, settings: __torch__.Settings, out: __torch__.Output) -> __torch__.Model:
    # takes what is left out of the table: the weights of the embedding with `embedding.` before their names in `Embedding`,
    # and those behind the layers
    words, norm = weights.pop("embedding.words"), __torch__.taken_norm(weights, "embedding.norm")
    positions = __torch__.taken_if_any(weights, "embedding.positions")
    embedding = __torch__.Embedding(words, positions, __torch__.taken_if_any(weights, "embedding.types"), norm)
    relative, last_norm = __torch__.taken_if_any(weights, "relative"), __torch__.taken_norm(weights, "norm")
    lexical = __torch__.taken_linear_if_any(weights, "lexical_head")
    token = __torch__.taken_linear_if_any(weights, "token_head")
    scorer = __torch__.taken_scorer(weights)
    if len(weights) > 0:
      ops.prim.RaiseException("no place for the weights " + str(weights.keys()), "builtins.ValueError")
    return __torch__.Model(embedding, layers, relative, last_norm, projections, lexical, token, scorer, shape, settings, out)

  def embed(self, model: __torch__.Model, ids: List[int], counts: List[int], lengths: List[int]) -> List[float]:
    batch = __torch__.batch(model, counts, lengths)
    return __torch__.dense(model, __torch__.forward(model, ids, annotate(List[int], []), batch), batch)

  def score(self, model: __torch__.Model, ids: List[int], segments: List[int], counts: List[int],
      lengths: List[int]) -> List[float]:
    # of pairs, each in one sequence -> [sequences], unbounded
    scorer = model.scorer
    if scorer is None:
      ops.prim.RaiseException("the network has no scorer", "builtins.ValueError")
      return annotate(List[float], [])
    batch = __torch__.batch(model, counts, lengths)
    x = __torch__.forward(model, ids, segments, batch)
    h = __torch__.linear(__torch__.pooled(model, x, batch).to(x.dtype), scorer.dense)
    h = __torch__.norm(__torch__.activate(h, model.out.scorer_activation), scorer.norm, model.settings)
    h = __torch__.linear(h, scorer.output)
    return __torch__.numbers(__torch__.finite(h.to(6)))

  def views(self, model: __torch__.Model, ids: List[int], counts: List[int], lengths: List[int],
      dtype: int) -> Tuple[List[float], List[float], Tensor]:
    batch = __torch__.batch(model, counts, lengths)
    x = __torch__.forward(model, ids, annotate(List[int], []), batch)
    vectors = __torch__.token_vectors(model, x, batch, dtype)
    return (__torch__.dense(model, x, batch), __torch__.token_weights(model, x), vectors)

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
