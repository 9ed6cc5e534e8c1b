# The decoder-only network of Llama, Mistral, Qwen2 and Qwen3 over a KV cache, and one round of RAPID on top of it.
#
# TorchScript in its serialised dialect: dtypes are numbers (float32 6, float64 7, int64 4), free functions are called by
# their qualified name. Shapes stand in brackets; n new tokens, m cached ones, d the width of a head, V the vocabulary.
#
# past     how many tokens the cache holds: only so many of its rows mean anything
# skipped  how many positions the cache leaves out; a new token's position is its row plus that


class Packed(NamedTuple):
  # 8-bit integers with a scale a row, and how activations are quantised for them (see `quantised_linear`)
  weight : __torch__.torch.classes.quantized.LinearPackedParamsBase
  levels : float  # integers on either side of 0 that activations become
  least_step : Tensor  # [1, 1], more than 0, for rows that are 0
  range : Optional[Tensor]  # [1, columns], where the engine takes no fixed scale


class Linear(NamedTuple):
  weight : Optional[Tensor]  # one of these two
  packed : Optional[__torch__.Packed]
  bias : Optional[Tensor]


class Weights(NamedTuple):
  # by their names, until they are taken
  tensors : Dict[str, Tensor]
  packed : Dict[str, __torch__.torch.classes.quantized.LinearPackedParamsBase]
  levels : float  # of activations for the packed ones
  fixed_scale : bool  # whether the engine multiplies them with a scale that is given


class Embedding(NamedTuple):
  rows : Tensor  # [V, hidden], or blocks of some type, [V, blocks of a row, bytes of a block]
  blocks : str  # which; empty for elements


class Layer(NamedTuple):
  input_norm : Tensor
  query_key_value : List[__torch__.Linear]  # three, or one that is all of them
  query_norm : Optional[Tensor]
  key_norm : Optional[Tensor]
  output : __torch__.Linear
  feed_forward_norm : Tensor
  gate_up : List[__torch__.Linear]  # two, or one that is both
  down : __torch__.Linear


class Attention(NamedTuple):
  heads : int
  kv_heads : int
  d : int
  feed_forward : int  # width between up and down
  parts : int  # into which a long past is cut (see `attend_to_past`)


class Rotary(NamedTuple):
  frequencies : Tensor  # [d / 2], radians a position
  scaling : float  # what cosine and sine are multiplied by


class Model:
  # an object, not a tuple: of a tuple every call compares all types inside with those of the parameter
  embedding : __torch__.Embedding
  layers : List[__torch__.Layer]
  norm : Tensor  # has the type of all activations
  head : __torch__.Linear
  attention : __torch__.Attention
  rotary : __torch__.Rotary
  epsilon : Tensor  # of RMSNorm, [1] in float32

  def __init__(self, embedding: __torch__.Embedding, layers: List[__torch__.Layer], norm: Tensor,
      head: __torch__.Linear) -> None:
    self.embedding = embedding
    self.layers = layers
    self.norm = norm
    self.head = head

  def settle(self, attention: __torch__.Attention, rotary: __torch__.Rotary, epsilon: Tensor) -> None:
    self.attention = attention
    self.rotary = rotary
    self.epsilon = epsilon


class LayerCache(NamedTuple):
  keys : Tensor  # [KV heads, capacity, d], already rotated
  values : Tensor


class Cache(NamedTuple):
  layers : List[__torch__.LayerCache]


class Sampling(NamedTuple):
  temperature : float  # 0 is greedy
  top_p : float  # 1 is off
  top_k : int  # 0 is off
  frequency_penalty : float
  presence_penalty : float
  vocabulary : int  # only the first so many tokens can be chosen
  masks : Optional[Tensor]  # what may be chosen, bytes of [rows of logits, V / 8, rounded up]; token i is bit i % 8, from the lowest


class Drafting(NamedTuple):
  sampling : __torch__.Sampling
  length : int  # most tokens
  confidence : float  # drafting stops after a token of less probability
  distributions : bool  # whether the draft is to tell what each token was drawn from
  ends : List[int]  # tokens after which it stops, too
  emitted : List[int]  # the answer so far
  uniforms : List[float]  # one for each token
  given : List[int]  # the first tokens, which have to come; fewer than `length`
  of_given : bool  # whether it is to tell the distributions of these, too


class Draft(NamedTuple):
  tokens : List[int]
  distributions : List[Tensor]  # the drafter's in pieces of [tokens, V]: of those it has drawn; where the target learns, of
  # all up to the last it has drawn, and when the draft is complete, of all and of the token after them
  drawn : List[bool]  # whether each was drawn from its distribution; else it was proposed with certainty
  unsure : bool  # whether the last one had less probability than drafting goes on with


class Completion(NamedTuple):
  sampling : __torch__.Sampling
  draft : __torch__.Draft
  emitted : List[int]  # the answer so far


class Verification(NamedTuple):
  sampling : __torch__.Sampling
  draft : __torch__.Draft
  margin : float
  plausibility : float
  emitted : List[int]
  uniforms : List[float]  # one for each drafted token, and one more


def quantised_product(x: Tensor, packed: __torch__.Packed) -> Tensor:
  # x: rows within the range of `levels` on either side, rounded to integers
  range = packed.range
  if range is None:
    zero = int(packed.levels) + 1
    return ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(x, 1., zero, packed.weight)
  # this operator takes its steps from the range of all it is given: one more row has just the range that makes each 1. It
  # refuses NaN, which such a row's step makes of its products anyway
  n = x.size(0)
  rows = torch.nan_to_num_(torch.cat([x, range]), 0.)
  return ops.quantized.linear_dynamic(rows, packed.weight, packed.levels < 127.).narrow(0, 0, n)


def quantised_linear(x: Tensor, packed: __torch__.Packed, onto: Optional[Tensor]) -> Tensor:
  # x [n, columns]; a scale for each row of it, as one for all would let a single token spoil the others
  n, levels = x.size(0), packed.levels
  if n >= 128:
    # reading is bound by arithmetic, and by the memory of what lies between: a row's largest magnitude is found without
    # one more copy. No verification has so many rows, so what a token's logits are does not depend on how many are
    # verified with it
    largest = torch.maximum(torch.amax(x, [-1], True), torch.neg(torch.amin(x, [-1], True)))
    step = torch.add(packed.least_step, largest, alpha=1. / levels)
    y = __torch__.quantised_product(x / step, packed)
  else:
    # few rows are bound by reading the weights: each becomes the sum of two, the nearest integers and a second digit of
    # what they leave, which gives the result of activations in float
    step = torch.add(packed.least_step, torch.amax(torch.abs(x), [-1], True), alpha=1. / levels)
    exact = x / step
    near = torch.round(exact)
    digits = __torch__.quantised_product(torch.cat([near, (exact - near) * (2. * levels)]), packed)
    y = torch.add(digits.narrow(0, 0, n), digits.narrow(0, n, n), alpha=0.5 / levels)
  if onto is None:
    return torch.mul_(y, step)
  return torch.addcmul(onto, y, step)


def linear(x: Tensor, layer: __torch__.Linear) -> Tensor:
  weight, packed, bias = layer.weight, layer.packed, layer.bias
  if weight is not None:
    return torch.linear(x, weight, bias)
  if packed is None:
    ops.prim.RaiseException("a layer without a weight", "builtins.ValueError")
    return x
  return __torch__.quantised_linear(x, packed, bias)


def add_linear(residual: Tensor, x: Tensor, layer: __torch__.Linear) -> Tensor:
  packed = layer.packed
  if packed is None:
    return residual + __torch__.linear(x, layer)
  bias = layer.bias
  if bias is not None:
    residual = residual + bias
  return __torch__.quantised_linear(x, packed, residual)


def linears(x: Tensor, layers: List[__torch__.Linear], widths: List[int]) -> List[Tensor]:
  # the product with each layer, whether they come one by one or as one that has all their rows
  if len(layers) == 1:
    return annotate(List[Tensor], torch.split_with_sizes(__torch__.linear(x, layers[0]), widths, -1))
  products = annotate(List[Tensor], [])
  for i in range(len(layers)):
    products.append(__torch__.linear(x, layers[i]))
  return products


def embed(embedding: __torch__.Embedding, ids: Tensor, dtype: int) -> Tensor:
  rows = torch.index_select(embedding.rows, 0, ids)
  if embedding.blocks != "":
    rows = __torch__.decode(torch.flatten(rows, 0, 1), embedding.blocks).view([ids.size(0), -1])
  return rows.to(dtype)


def rms_norm(x: Tensor, weight: Tensor, epsilon: Tensor) -> Tensor:
  # in as few operators as there are for it: each costs microseconds, whatever it computes
  if x.is_cuda:
    # where they convert numbers as they go
    norms = torch.linalg_vector_norm(x, 2, [-1], True, dtype=6)
    factors = torch.rsqrt_(torch.addcmul(epsilon, norms, norms, value=1. / x.size(-1)))
    return torch.mul_(torch.mul(x, factors, out=torch.empty_like(x)), weight)
  y = x.to(6)
  length = torch.linalg_vector_norm(y, 2, [-1], True)
  y = y * torch.rsqrt_(torch.addcmul(epsilon, length, length, value=1. / x.size(-1)))
  return torch.mul_(y.to(x.dtype), weight)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
  # x [n, heads, d], cos and sin [n, 1, d] as `turn` makes them
  half = torch.floordiv(x.size(-1), 2)
  swapped = torch.cat([x.narrow(-1, half, half), x.narrow(-1, 0, half)], -1)
  return torch.addcmul(x * cos, swapped, sin)


def attend(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tuple[Tensor, Tensor]:
  # q [1, heads, n, d], k and v [1, heads, m, d] -> output like q, and the log-sum-exp of the scores [1, heads, n, 1]
  # in float32, by which outputs over disjoint sets of keys can be merged
  if not q.is_cuda:
    out, lse = torch._scaled_dot_product_flash_attention_for_cpu(q, k, v, 0., causal)
    return (out, torch.unsqueeze(lse, -1))
  if q.dtype == 6:
    out1, lse1, _0, _1 = torch._scaled_dot_product_efficient_attention(q, k, v, None, True, 0., causal)
    return (out1, torch.unsqueeze(lse1.narrow(-1, 0, q.size(2)), -1))
  out2, lse2, _2, _3, _4, _5, _6, _7, _8 = torch._scaled_dot_product_flash_attention(q, k, v, 0., causal, False)
  return (out2, torch.unsqueeze(lse2, -1))


def merge(out: Tensor, lse: Tensor, other: Tensor, other_lse: Tensor) -> Tuple[Tensor, Tensor]:
  both = torch.logaddexp(lse, other_lse)
  merged = out.to(6) * torch.exp(lse - both) + other.to(6) * torch.exp(other_lse - both)
  return (merged.to(out.dtype), both)


def attend_to_past(q: Tensor, cache: __torch__.LayerCache, past: int, parts: int) -> Tuple[Tensor, Tensor]:
  # q [1, KV heads, rows, d] -> as `attend`, over the first `past` positions.
  # The CPU kernel gives a core a block of rows of one head; few rows over a long past would leave cores idle, so the
  # past is cut into parts that are attended to side by side ("flash decoding")
  keys, values = cache.keys, cache.values
  length = torch.floordiv(past, parts)
  if parts == 1 or q.size(2) >= 64 or length < 256:
    past_keys, past_values = torch.unsqueeze(keys.narrow(1, 0, past), 0), torch.unsqueeze(values.narrow(1, 0, past), 0)
    return __torch__.attend(q, past_keys, past_values, False)
  kv_heads, rows, d = keys.size(0), q.size(2), q.size(3)
  part_keys = keys.narrow(1, 0, parts * length).unflatten(1, [parts, length])
  part_values = values.narrow(1, 0, parts * length).unflatten(1, [parts, length])
  part_q = q.view([kv_heads, 1, rows, d]).expand([kv_heads, parts, rows, d])
  part_out, part_lse = __torch__.attend(part_q, part_keys, part_values, False)
  lse = torch.logsumexp(part_lse, [1])
  out = torch.sum(part_out.to(6) * torch.exp(part_lse - torch.unsqueeze(lse, 1)), [1]).to(q.dtype)
  out, lse = torch.unsqueeze(out, 0), torch.unsqueeze(lse, 0)
  left = past - parts * length
  if left > 0:
    left_keys = torch.unsqueeze(keys.narrow(1, parts * length, left), 0)
    left_values = torch.unsqueeze(values.narrow(1, parts * length, left), 0)
    left_out, left_lse = __torch__.attend(q, left_keys, left_values, False)
    out, lse = __torch__.merge(out, lse, left_out, left_lse)
  return (out, lse)


def attention(q: Tensor, k: Tensor, v: Tensor, cache: __torch__.LayerCache, past: int, parts: int) -> Tensor:
  # q [n, heads, d], k and v [n, KV heads, d] of the new tokens, which the cache holds already -> [n, heads * d]
  # No mask is ever built: the new tokens attend to the past without one and to themselves causally.
  # What is cached is attended to in the cache's type, the new tokens in their own.
  n = q.size(0)
  heads = q.size(1)
  kv_heads = k.size(1)
  d = q.size(2)
  group = torch.floordiv(heads, kv_heads)
  # the query heads that share a KV head become rows of it
  folded = q.transpose(0, 1).reshape([1, kv_heads, group * n, d]).to(cache.keys.dtype)
  if n == 1:
    # nothing to hide from a single token: it attends to all that is cached, itself included
    out, lse = __torch__.attend_to_past(folded, cache, past + 1, parts)
    return out.reshape([1, heads * d]).to(q.dtype)
  new_q = torch.unsqueeze(q.transpose(0, 1), 0)
  new_k = torch.repeat_interleave(torch.unsqueeze(k.transpose(0, 1), 0), group, 1)
  new_v = torch.repeat_interleave(torch.unsqueeze(v.transpose(0, 1), 0), group, 1)
  out, lse = __torch__.attend(new_q, new_k, new_v, True)
  if past > 0:
    past_out, past_lse = __torch__.attend_to_past(folded, cache, past, parts)
    out, lse = __torch__.merge(out, lse, past_out.reshape([1, heads, n, d]), past_lse.reshape([1, heads, n, 1]))
  return torch.squeeze(out, 0).transpose(0, 1).reshape([n, heads * d])


def head_norm(x: Tensor, norm: Optional[Tensor], epsilon: Tensor) -> Tensor:
  # of queries or keys, in architectures that have it
  if norm is None:
    return x
  return __torch__.rms_norm(x, norm, epsilon)


def remember(model: __torch__.Model, w: __torch__.Layer, x: Tensor, turn: Tuple[Tensor, Tensor],
    cache: __torch__.LayerCache, past: int) -> Tuple[Tensor, Tensor, Tensor]:
  # queries, keys and values of the new tokens, of which the last two are put into the cache
  # turn: cosine and sine of the new tokens' positions, as for `rotate`
  shape, epsilon = model.attention, model.epsilon
  n = x.size(0)
  cos, sin = turn
  h = __torch__.rms_norm(x, w.input_norm, epsilon)
  keys = shape.kv_heads * shape.d
  if len(w.query_key_value) == 1 and w.query_norm is None and w.key_norm is None:
    # one rotary step for both
    both, v, = __torch__.linears(h, w.query_key_value, [shape.heads * shape.d + keys, keys])
    both = __torch__.rotate(both.view([n, shape.heads + shape.kv_heads, shape.d]), cos, sin)
    q, k = both.narrow(1, 0, shape.heads), both.narrow(1, shape.heads, shape.kv_heads)
  else:
    q, k, v, = __torch__.linears(h, w.query_key_value, [shape.heads * shape.d, keys, keys])
    q, k = q.view([n, shape.heads, shape.d]), k.view([n, shape.kv_heads, shape.d])
    q = __torch__.rotate(__torch__.head_norm(q, w.query_norm, epsilon), cos, sin)
    k = __torch__.rotate(__torch__.head_norm(k, w.key_norm, epsilon), cos, sin)
  v = v.view([n, shape.kv_heads, shape.d])
  torch.copy_(cache.keys.narrow(1, past, n), k.transpose(0, 1))
  torch.copy_(cache.values.narrow(1, past, n), v.transpose(0, 1))
  return (q, k, v)


def layer(model: __torch__.Model, w: __torch__.Layer, x: Tensor, turn: Tuple[Tensor, Tensor],
    cache: __torch__.LayerCache, past: int) -> Tensor:
  q, k, v = __torch__.remember(model, w, x, turn, cache, past)
  x = __torch__.add_linear(x, __torch__.attention(q, k, v, cache, past, model.attention.parts), w.output)
  h = __torch__.rms_norm(x, w.feed_forward_norm, model.epsilon)
  width = model.attention.feed_forward
  gate, up, = __torch__.linears(h, w.gate_up, [width, width])
  return __torch__.add_linear(x, torch.mul_(torch.silu(gate), up), w.down)


def turn(model: __torch__.Model, first: int, n: int) -> Tuple[Tensor, Tensor]:
  # cosine and sine of the positions from `first` on, each [n, 1, d]; the first half of the sine is negative, as the
  # second half of a head goes into the first with a minus
  rotary = model.rotary
  dtype = model.norm.dtype
  position = torch.arange(first, first + n, 1, dtype=6, device=rotary.frequencies.device)
  angle = torch.outer(position, rotary.frequencies)
  cos, sin = torch.cos(angle) * rotary.scaling, torch.sin(angle) * rotary.scaling
  cos, sin = torch.cat([cos, cos], -1).to(dtype), torch.cat([torch.neg(sin), sin], -1).to(dtype)
  return (torch.unsqueeze(cos, 1), torch.unsqueeze(sin, 1))


def before_last(model: __torch__.Model, cache: __torch__.Cache, past: int, skipped: int,
    ids: List[int]) -> Tuple[Tensor, Tuple[Tensor, Tensor]]:
  # runs the new tokens through all layers but the last -> hidden states [n, hidden], and their `turn`
  turn = __torch__.turn(model, past + skipped, len(ids))
  x = __torch__.embed(model.embedding, torch.tensor(ids, dtype=4, device=model.norm.device), model.norm.dtype)
  for i in range(len(model.layers) - 1):
    x = __torch__.layer(model, model.layers[i], x, turn, cache.layers[i], past)
  return (x, turn)


def forward(model: __torch__.Model, cache: __torch__.Cache, past: int, skipped: int, ids: List[int]) -> Tensor:
  # runs the new tokens through all layers and adds them to the cache -> hidden states [n, hidden]
  x, turn = __torch__.before_last(model, cache, past, skipped, ids)
  return __torch__.layer(model, model.layers[-1], x, turn, cache.layers[-1], past)


def logits(model: __torch__.Model, x: Tensor, rows: int, vocabulary: int) -> Tensor:
  # of the last `rows` of x, for the first tokens of the vocabulary -> [rows, vocabulary] in float32
  x = __torch__.rms_norm(x.narrow(0, x.size(0) - rows, rows), model.norm, model.epsilon)
  z = __torch__.linear(x, model.head).narrow(-1, 0, vocabulary).to(6)
  least, greatest = torch.aminmax(z)
  if not bool(torch.isfinite(greatest - least)):
    # either is infinite, or a NaN somewhere has made both NaN
    ops.prim.RaiseException("the model returned infinite or NaN logits", "rapid.NotFiniteError")
  return z


def forbidden(masks: Tensor, rows: int, vocabulary: int) -> Tensor:
  # which tokens are not in the sets, [rows, vocabulary]. A table of all bytes has their eight bits as bytes, each entry as
  # one number, as those are gathered many times faster than single bits are shifted out
  bit = torch.arange(8, dtype=4, device=masks.device)
  bits = torch.bitwise_right_shift(torch.unsqueeze(torch.arange(256, dtype=4, device=masks.device), -1), bit)
  table = torch.view_copy(torch.eq(torch.bitwise_and(bits, 1), 0).to(0), dtype=4).reshape([-1])
  eights = torch.index_select(table, 0, masks.to(3))
  return torch.view_copy(eights, dtype=11).view([rows, -1]).narrow(-1, 0, vocabulary)


def choosable(z: Tensor, sampling: __torch__.Sampling) -> Tensor:
  # what may not be chosen becomes -inf, before all else: temperature, filters, penalties, Eq. 6
  masks = sampling.masks
  if masks is None:
    return z
  return torch.masked_fill_(z, __torch__.forbidden(masks.to(z.device), z.size(0), z.size(1)), -inf)


def best(z: Tensor) -> Tensor:
  # z [rows, V] -> the likeliest token of each row, [rows]. On the CPU the greatest number is found several times faster than
  # where it stands: first the greatest of each block of the vocabulary, then the block, then the place in it
  width = 128
  blocks = torch.floordiv(z.size(1), width)
  if z.is_cuda or blocks == 0:
    return torch.argmax(z, -1)
  whole = z.narrow(-1, 0, blocks * width).unflatten(-1, [blocks, width])
  value, block = torch.max(torch.amax(whole, [-1]), -1, True)
  chosen = torch.gather(whole, 1, torch.unsqueeze(block, -1).expand([-1, 1, width]))
  token = torch.squeeze(block, -1) * width + torch.argmax(torch.squeeze(chosen, 1), -1)
  left = z.size(1) - blocks * width
  if left > 0:
    last, at = torch.max(z.narrow(-1, blocks * width, left), -1)
    token = torch.where(last > torch.squeeze(value, -1), at + blocks * width, token)
  return token


def penalise(z: Tensor, emitted: List[int], drafted: List[int], sampling: __torch__.Sampling) -> Tensor:
  # row i of z follows the emitted tokens and the first i drafted ones; OpenAI's frequency and presence penalties
  if sampling.frequency_penalty == 0. and sampling.presence_penalty == 0.:
    return z
  z = z.clone()
  tokens = torch.tensor(emitted + drafted, dtype=4, device=z.device)
  for i in range(z.size(0)):
    different, _0, counts = torch._unique2(tokens.narrow(0, 0, len(emitted) + i), True, False, True)
    penalties = counts.to(6) * sampling.frequency_penalty + sampling.presence_penalty
    torch.index_add_(torch.select(z, 0, i), 0, different, penalties, alpha=-1.)
  return z


def nucleus(z: Tensor, top_p: float) -> Tensor:
  # what does not belong to the fewest tokens that together have the probability becomes -inf. Those are few: sorting the
  # whole vocabulary would take longer than the network
  total = torch.logsumexp(z, [-1], True)
  count = ops.prim.min(256, z.size(1))
  values, order = torch.topk(z, count)
  reached = torch.cumsum(torch.exp(values - total).to(7), -1)
  while count < z.size(1) and float(torch.amin(reached.narrow(-1, count - 1, 1))) < top_p:
    count = ops.prim.min(8 * count, z.size(1))
    values, order = torch.topk(z, count)
    reached = torch.cumsum(torch.exp(values - total).to(7), -1)
  kept = torch.full_like(z, -inf)
  torch.scatter_(kept, -1, order.narrow(-1, 0, 1), values.narrow(-1, 0, 1))
  if count > 1:
    # a token stays if those before it have less
    others = torch.masked_fill(values.narrow(-1, 1, count - 1), reached.narrow(-1, 0, count - 1) >= top_p, -inf)
    torch.scatter_(kept, -1, order.narrow(-1, 1, count - 1), others)
  return kept


def warp(z: Tensor, sampling: __torch__.Sampling) -> Tensor:
  # temperature, then top-k, then top-p, as transformers' logits warpers do; what is filtered out becomes -inf. Where
  # decoding is greedy, distributions are those at temperature 1
  if sampling.temperature > 0.:
    z = z / sampling.temperature
  top_k = sampling.top_k
  if top_k > 0 and top_k < z.size(1):
    values, _0 = torch.topk(z, top_k)
    z = torch.masked_fill(z, z < values.narrow(-1, top_k - 1, 1), -inf)
  if sampling.top_p < 1.:
    z = __torch__.nucleus(z, sampling.top_p)
  return z


def draw(weights: Tensor, uniform: float) -> int:
  # a token with a probability in proportion to its weight: the inverse of the cumulative sum at `uniform` in [0, 1)
  total = torch.cumsum(weights.to(7), -1)
  last = total.narrow(-1, -1, 1)
  found = int(torch.searchsorted(total, last * uniform, right=True))
  # rounding must not lead past the last token that has any weight
  return ops.prim.min(found, int(torch.searchsorted(total, last)))


def pick(distribution: Tensor, uniform: float, sampling: __torch__.Sampling) -> int:
  if sampling.temperature == 0.:
    return int(torch.argmax(distribution))
  return __torch__.draw(distribution, uniform)


def augment(z: Tensor, p: Tensor, q: Tensor, margin: float, plausibility: float) -> Tensor:
  # paper, Eq. 6, with the plausibility mask of the authors' code: z, p its softmax, q [rows, V] -> logits [rows, V]
  plausible = q >= plausibility * torch.amax(q, [-1], True)
  return z + margin * plausible.to(6) * (q - p)


def retrieval_augmented(z: Tensor, p: Tensor, q: Tensor, margin: float, plausibility: float) -> Tensor:
  # the distribution of these logits
  if margin == 0.:
    return p
  return torch.softmax(__torch__.augment(z, p, q, margin, plausibility), -1)


def residual(p: Tensor, augmented: Tensor, q: Tensor) -> Tensor:
  # one row each; where to draw from after a rejection
  left = torch.clamp(torch.maximum(p - q, p - augmented), 0.)
  total = torch.sum(left)
  if float(total) > 0.:
    return left / total
  return p


def probabilities(distributions: Tensor, drafted: List[int]) -> Tensor:
  # of every drafted token, in its row -> [g]
  x = torch.unsqueeze(torch.tensor(drafted, dtype=4, device=distributions.device), -1)
  return torch.squeeze(torch.gather(distributions, -1, x), -1)


def acceptance_ratios(augmented: Tensor, q: Tensor, drafted: List[int]) -> Tensor:
  # min(1, augmented(x) / q(x)) for every drafted x
  return torch.clamp(__torch__.probabilities(augmented, drafted) / __torch__.probabilities(q, drafted), None, 1.)


def accepted(ratios: Tensor, uniforms: List[float]) -> int:
  # how many drafted tokens stand: those before the first whose uniform is above its ratio
  chances = annotate(List[float], ratios.to(torch.device("cpu"), 7).tolist())
  count = 0
  while count < len(chances) and uniforms[count] <= chances[count]:
    count = count + 1
  return count


def accept(z: Tensor, q: Tensor, drafted: List[int], margin: float, plausibility: float,
    uniforms: List[float]) -> Tuple[int, int]:
  # z [g + 1, V] the target's warped logits, q [g, V] the drafter's distributions; uniforms: g for the tokens, one for the
  # last draw -> how many drafted tokens stand, and the token after them
  g = len(drafted)
  p = torch.softmax(z, -1)
  augmented = __torch__.retrieval_augmented(z.narrow(0, 0, g), p.narrow(0, 0, g), q, margin, plausibility)
  count = __torch__.accepted(__torch__.acceptance_ratios(augmented, q, drafted), uniforms)
  last = torch.select(p, 0, count)
  if count < g:
    last = __torch__.residual(last, torch.select(augmented, 0, count), torch.select(q, 0, count))
  return (count, __torch__.draw(last, uniforms[g]))


def proposed(q: Tensor, draft: __torch__.Draft) -> Tensor:
  # what each drafted token was proposed from, [g, V]: the drafter's distribution, or 1 for what was certain. q: the
  # drafter's for all of them, or for those alone that it has drawn
  tokens, drawn = draft.tokens, draft.drawn
  if torch.all(drawn):
    return q
  rows = annotate(List[Tensor], [])
  at = 0
  for i in range(len(tokens)):
    if drawn[i]:
      rows.append(q.narrow(0, at, 1))
    else:
      certain = torch.zeros([1, q.size(1)], dtype=q.dtype, device=q.device)
      torch.fill_(certain.narrow(1, tokens[i], 1), 1.)
      rows.append(certain)
    if drawn[i] or q.size(0) == len(tokens):
      at = at + 1
  return torch.cat(rows)


def accept_certain(z: Tensor, drafted: List[int], uniforms: List[float]) -> Tuple[int, int]:
  # `accept` for tokens that were proposed with certainty: q is 1 for each, so the ratio is p, and what is left after a
  # rejection p without the token. From such a q there is nothing to learn, whatever the margin
  g = len(drafted)
  p = torch.softmax(z, -1)
  count = __torch__.accepted(__torch__.probabilities(p.narrow(0, 0, g), drafted), uniforms)
  last = torch.select(p, 0, count)
  if count < g:
    torch.zero_(last.narrow(0, drafted[count], 1))
  return (count, __torch__.draw(last, uniforms[g]))


def accept_best(z: Tensor, drafted: List[int]) -> Tuple[int, int]:
  # greedily: a drafted token stands while it has the highest logit of its row
  best = annotate(List[int], __torch__.best(z).to(torch.device("cpu")).tolist())
  count = 0
  while count < len(drafted) and best[count] == drafted[count]:
    count = count + 1
  return (count, best[count])


def accept_learned(z: Tensor, q: Tensor, drafted: List[int], margin: float, plausibility: float) -> Tuple[int, int]:
  # greedily, where the target learns: the best of Eq. 6 in the rows of the draft, and the target's own in the one after
  g = len(drafted)
  of_draft = z.narrow(0, 0, g)
  augmented = __torch__.augment(of_draft, torch.softmax(of_draft, -1), q, margin, plausibility)
  return __torch__.accept_best(torch.cat([augmented, z.narrow(0, g, 1)]), drafted)


def accept_throughout(z: Tensor, q: Tensor, verification: __torch__.Verification) -> Tuple[int, int]:
  # q [g + 1, V]: where the target learns in the row after the draft, too, it chooses from Eq. 6 as it would else from its
  # own distribution, and drafting changes nothing
  drafted, uniforms = verification.draft.tokens, verification.uniforms
  learned = __torch__.augment(z, torch.softmax(z, -1), q, verification.margin, verification.plausibility)
  if verification.sampling.temperature == 0.:
    return __torch__.accept_best(learned, drafted)
  if torch.any(verification.draft.drawn):
    of_draft = __torch__.proposed(q.narrow(0, 0, len(drafted)), verification.draft)
    return __torch__.accept(learned, of_draft, drafted, 0., 0., uniforms)
  return __torch__.accept_certain(learned, drafted, uniforms)


def cache(storage: Tensor) -> __torch__.Cache:
  # storage [layers, 2 (keys, values), KV heads, capacity, d]
  layers = annotate(List[__torch__.LayerCache], [])
  for i in range(storage.size(0)):
    part = torch.select(storage, 0, i)
    layers = layers + [__torch__.LayerCache(torch.select(part, 0, 0), torch.select(part, 0, 1))]
  return __torch__.Cache(layers)


def copy_range(into: __torch__.LayerCache, at: int, source: __torch__.LayerCache, first: int, count: int) -> None:
  torch.copy_(into.keys.narrow(1, at, count), source.keys.narrow(1, first, count))
  torch.copy_(into.values.narrow(1, at, count), source.values.narrow(1, first, count))


def taken(weights: __torch__.Weights, name: str) -> Tensor:
  # a weight by its name, which is no longer among the others
  return weights.tensors.pop(name)


def taken_if_any(weights: __torch__.Weights, name: str) -> Optional[Tensor]:
  if name in weights.tensors:
    return weights.tensors.pop(name)
  return None


def taken_embedding(weights: __torch__.Weights) -> __torch__.Embedding:
  # `embedding`, with a dot and the type of its blocks behind it if it has such
  for name in annotate(List[str], list(weights.tensors.keys())):
    if torch.startswith(name, "embedding."):
      return __torch__.Embedding(__torch__.taken(weights, name), torch.slice(name, 10, None, 1))
  return __torch__.Embedding(__torch__.taken(weights, "embedding"), "")


def taken_packed(weights: __torch__.Weights, name: str, columns: int, bias: Optional[Tensor]) -> __torch__.Linear:
  packed = __torch__.packed(weights.packed.pop(name), weights.levels, columns, weights.fixed_scale)
  return __torch__.Linear(None, packed, bias)


def taken_linear(weights: __torch__.Weights, name: str, columns: int) -> __torch__.Linear:
  bias = __torch__.taken_if_any(weights, name + ".bias")
  if name in weights.packed:
    return __torch__.taken_packed(weights, name, columns, bias)
  return __torch__.Linear(__torch__.taken(weights, name + ".weight"), None, bias)


def taken_biases(weights: __torch__.Weights, at: str, names: List[str]) -> Optional[Tensor]:
  biases = annotate(List[Tensor], [])
  for i in range(len(names)):
    bias = __torch__.taken_if_any(weights, at + names[i] + ".bias")
    if bias is not None:
      biases.append(bias)
  if len(biases) == 0:
    return None
  return torch.cat(biases)


def taken_linears(weights: __torch__.Weights, at: str, names: List[str], columns: int) -> List[__torch__.Linear]:
  # several that multiply the same; one, if they are packed together, under their names joined by underscores, or on a GPU
  joined = at + "_".join(names)
  if joined in weights.packed:
    return [__torch__.taken_packed(weights, joined, columns, __torch__.taken_biases(weights, at, names))]
  first = at + names[0] + ".weight"
  if first in weights.tensors and weights.tensors[first].is_cuda:
    # where launching a product costs more than what it computes for few rows
    parts = annotate(List[Tensor], [])
    for i in range(len(names)):
      parts.append(__torch__.taken(weights, at + names[i] + ".weight"))
    return [__torch__.Linear(torch.cat(parts), None, __torch__.taken_biases(weights, at, names))]
  layers = annotate(List[__torch__.Linear], [])
  for i in range(len(names)):
    layers.append(__torch__.taken_linear(weights, at + names[i], columns))
  return layers


def taken_layer(weights: __torch__.Weights, at: str, shape: __torch__.Attention) -> __torch__.Layer:
  input_norm = __torch__.taken(weights, at + "input_norm")
  hidden = input_norm.size(0)
  query_key_value = __torch__.taken_linears(weights, at, ["query", "key", "value"], hidden)
  query_norm = __torch__.taken_if_any(weights, at + "query_norm")
  key_norm = __torch__.taken_if_any(weights, at + "key_norm")
  output = __torch__.taken_linear(weights, at + "output", shape.heads * shape.d)
  feed_forward_norm = __torch__.taken(weights, at + "feed_forward_norm")
  gate_up = __torch__.taken_linears(weights, at, ["gate", "up"], hidden)
  down = __torch__.taken_linear(weights, at + "down", shape.feed_forward)
  return __torch__.Layer(input_norm, query_key_value, query_norm, key_norm, output, feed_forward_norm, gate_up, down)


def packed(weight: __torch__.torch.classes.quantized.LinearPackedParamsBase, levels: float, columns: int,
    fixed_scale: bool) -> __torch__.Packed:
  range = annotate(Optional[Tensor], None)
  if not fixed_scale:
    row = torch.zeros([1, columns], dtype=6)
    row[0, 0] = -levels - 1.
    row[0, 1] = levels
    range = row
  return __torch__.Packed(weight, levels, torch.full([1, 1], 1e-30, dtype=6), range)


def exact_levels(fixed_scale: bool) -> float:
  # with how many steps the 8-bit product of this machine is right, also where all that is multiplied is large and of one
  # sign. Processors without VNNI add two products in 16 bits, which holds those of 7-bit activations (`reduce_range`) only
  integers = torch.linspace(64., 127., 4096, dtype=6).view([32, 128]).to(1)
  scales, zeros = torch.ones([32], dtype=7), torch.zeros([32], dtype=4)
  quantised = torch._make_per_channel_quantized_tensor(integers, scales, zeros, 0)
  weight = ops.quantized.linear_prepack(quantised, None)
  x = torch.linspace(0.5, 1., 384, dtype=6).view([3, 128])
  expected = torch.linear(x, integers.to(6))
  error = 0.
  for levels in [127., 63.]:
    packed = __torch__.packed(weight, levels, 128, fixed_scale)
    difference = torch.abs(__torch__.quantised_linear(x, packed, None) - expected)
    error = float(torch.amax(difference)) / float(torch.amax(expected))
    if error < 0.0005:
      return levels
  ops.prim.RaiseException("8-bit products are wrong by " + str(error), "builtins.RuntimeError")
  return 0.


class Decoder(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  _is_full_backward_hook : Optional[bool]

  def attention(self, heads: int, kv_heads: int, d: int, feed_forward: int, parts: int) -> __torch__.Attention:
    return __torch__.Attention(heads, kv_heads, d, feed_forward, parts)

  def rotary(self, frequencies: List[float], scaling: float, device: str) -> __torch__.Rotary:
    return __torch__.Rotary(torch.tensor(frequencies, dtype=6, device=torch.device(device)), scaling)

  def exact_levels(self, fixed_scale: bool) -> float:
    return __torch__.exact_levels(fixed_scale)

  def weights(self, tensors: Dict[str, Tensor],
      packed: Dict[str, __torch__.torch.classes.quantized.LinearPackedParamsBase], fixed_scale: bool) -> __torch__.Weights:
    levels = 0.
    if len(packed) > 0:
      levels = __torch__.exact_levels(fixed_scale)
    return __torch__.Weights(tensors, packed, levels, fixed_scale)

  def assemble(self, weights: __torch__.Weights, layers: int, attention: __torch__.Attention, rotary: __torch__.Rotary,
      epsilon: float) -> __torch__.Model:
    # takes the weights out of their tables: `embedding`, `norm`, `head`, and those of layer i with `layers.i.` before
    # their names in `Layer`. Without a head the embedding table is it
    tensors, packed = weights.tensors, weights.packed
    assembled = annotate(List[__torch__.Layer], [])
    for i in range(layers):
      assembled = assembled + [__torch__.taken_layer(weights, "layers." + str(i) + ".", attention)]
    embedding = __torch__.taken_embedding(weights)
    norm = __torch__.taken(weights, "norm")
    head = __torch__.Linear(embedding.rows, None, None)
    if "head" in packed or "head.weight" in tensors:
      head = __torch__.taken_linear(weights, "head", norm.size(0))
    if len(tensors) + len(packed) > 0:
      ops.prim.RaiseException("no place for the weights " + str(tensors.keys()) + str(packed.keys()), "builtins.ValueError")
    model = __torch__.Model(embedding, assembled, norm, head)
    model.settle(attention, rotary, torch.tensor([epsilon], dtype=6, device=norm.device))
    return model

  def new_cache(self, model: __torch__.Model, capacity: int, dtype: int) -> __torch__.Cache:
    # one allocation, of which each layer has its part: a large block goes back to the system at once when it is freed,
    # where the allocator would keep many small ones
    shape = model.attention
    size = [len(model.layers), 2, shape.kv_heads, capacity, shape.d]
    return __torch__.cache(torch.empty(size, dtype=dtype, device=model.norm.device))

  def grow_cache(self, cache: __torch__.Cache, past: int, capacity: int) -> __torch__.Cache:
    like = cache.layers[0].keys
    size = [len(cache.layers), 2, like.size(0), capacity, like.size(2)]
    grown = __torch__.cache(torch.empty(size, dtype=like.dtype, device=like.device))
    for i in range(len(cache.layers)):
      __torch__.copy_range(grown.layers[i], 0, cache.layers[i], 0, past)
    return grown

  def copy_rows(self, cache: __torch__.Cache, source: __torch__.Cache, starts: List[int], counts: List[int]) -> int:
    # the cache becomes ranges of rows of another, one behind the other
    length = 0
    for part in range(len(starts)):
      for i in range(len(cache.layers)):
        __torch__.copy_range(cache.layers[i], length, source.layers[i], starts[part], counts[part])
      length = length + counts[part]
    return length

  def rows_to_bytes(self, cache: __torch__.Cache, first: int, count: int, bytes: Tensor) -> int:
    # rows [first, first + count) of each layer's keys and values, one after the other -> bytes that were filled
    at = 0
    for i in range(len(cache.layers)):
      for rows in [cache.layers[i].keys, cache.layers[i].values]:
        stored = torch.view_copy(torch.contiguous(torch.narrow(rows, 1, first, count)), dtype=0).reshape([-1])
        torch.copy_(torch.narrow(bytes, 0, at, stored.size(0)), stored)
        at = at + stored.size(0)
    return at

  def bytes_to_rows(self, cache: __torch__.Cache, first: int, count: int, bytes: Tensor) -> int:
    # the reverse
    rows = len(cache.layers) * 2
    length = bytes.size(0) // rows
    for i in range(len(cache.layers)):
      keys, values = cache.layers[i].keys, cache.layers[i].values
      size = [keys.size(0), count, keys.size(2)]
      stored = torch.view_copy(torch.narrow(bytes, 0, 2 * i * length, length), dtype=keys.dtype)
      torch.copy_(torch.narrow(keys, 1, first, count), torch.view(stored, size))
      stored = torch.view_copy(torch.narrow(bytes, 0, (2 * i + 1) * length, length), dtype=keys.dtype)
      torch.copy_(torch.narrow(values, 1, first, count), torch.view(stored, size))
    return rows * length

  def prefill(self, model: __torch__.Model, cache: __torch__.Cache, past: int, skipped: int, ids: List[int]) -> int:
    # what the last layer makes of the tokens is not asked for, only its keys and values
    x, turn = __torch__.before_last(model, cache, past, skipped, ids)
    q, k, v = __torch__.remember(model, model.layers[-1], x, turn, cache.layers[-1], past)
    return past + len(ids)

  def logits(self, model: __torch__.Model, cache: __torch__.Cache, past: int, skipped: int, ids: List[int],
      rows: int) -> List[float]:
    x = __torch__.forward(model, cache, past, skipped, ids)
    z = __torch__.logits(model, x, rows, model.embedding.rows.size(0))
    return annotate(List[float], z.to(torch.device("cpu"), 7).reshape([-1]).tolist())

  def sampling(self, temperature: float, top_p: float, top_k: int, frequency_penalty: float, presence_penalty: float,
      vocabulary: int) -> __torch__.Sampling:
    return __torch__.Sampling(temperature, top_p, top_k, frequency_penalty, presence_penalty, vocabulary, None)

  def constrained(self, s: __torch__.Sampling, masks: Tensor) -> __torch__.Sampling:
    # the same, of what the masks leave
    return __torch__.Sampling(s.temperature, s.top_p, s.top_k, s.frequency_penalty, s.presence_penalty, s.vocabulary, masks)

  def drafting(self, sampling: __torch__.Sampling, length: int, confidence: float, ends: List[int], emitted: List[int],
      uniforms: List[float]) -> __torch__.Drafting:
    given = annotate(List[int], [])
    return __torch__.Drafting(sampling, length, confidence, sampling.temperature > 0., ends, emitted, uniforms, given, False)

  def drafting_to_learn(self, sampling: __torch__.Sampling, length: int, confidence: float, ends: List[int],
      emitted: List[int], uniforms: List[float]) -> __torch__.Drafting:
    # greedy drafts, too, tell their distributions
    return __torch__.Drafting(sampling, length, confidence, True, ends, emitted, uniforms, annotate(List[int], []), True)

  def drafting_behind(self, d: __torch__.Drafting, given: List[int]) -> __torch__.Drafting:
    return __torch__.Drafting(d.sampling, d.length, d.confidence, d.distributions, d.ends, d.emitted, d.uniforms, given, d.of_given)

  def draft(self, model: __torch__.Model, cache: __torch__.Cache, past: int, skipped: int, pending: List[int],
      drafting: __torch__.Drafting) -> __torch__.Draft:
    # docs/design.md, section 1, step 3: tokens after the pending ones. Those that are given are read with them
    sampling, given = drafting.sampling, drafting.given
    drafted = given
    drawn = annotate(List[bool], [])
    for i in range(len(given)):
      drawn.append(False)
    distributions = annotate(List[Tensor], [])
    feed = pending + given
    rows = 1
    if drafting.of_given:
      rows = len(given) + 1
    unsure = False
    going = len(drafted) < drafting.length
    while going:
      z = __torch__.logits(model, __torch__.forward(model, cache, past, skipped, feed), rows, sampling.vocabulary)
      past = past + len(feed)
      known = len(drafted) + 1 - rows
      before, after = torch.slice(drafted, None, known, 1), torch.slice(drafted, known, None, 1)
      z = __torch__.penalise(__torch__.choosable(z, sampling), drafting.emitted + before, after, sampling)
      if drafting.distributions:
        q = torch.softmax(__torch__.warp(z, sampling), -1)
        last = torch.select(q, 0, rows - 1)
        token = __torch__.pick(last, drafting.uniforms[len(drafted)], sampling)
        probability = float(torch.select(last, 0, token))
        distributions = distributions + [q]
      else:
        token = int(__torch__.best(z))
        probability = 1.
        if drafting.confidence > 0.:
          probability = float(torch.exp(torch.amax(z) - torch.squeeze(torch.logsumexp(z, [-1]))))
      drafted = drafted + [token]
      drawn.append(True)
      feed = [token]
      rows = 1
      unsure = probability < drafting.confidence
      going = len(drafted) < drafting.length and not unsure and not token in drafting.ends
    return __torch__.Draft(drafted, distributions, drawn, unsure)

  def draft_of(self, tokens: List[int]) -> __torch__.Draft:
    # what no model has drawn
    drawn = annotate(List[bool], [])
    for i in range(len(tokens)):
      drawn.append(False)
    return __torch__.Draft(tokens, annotate(List[Tensor], []), drawn, False)

  def joined(self, first: __torch__.Draft, then: __torch__.Draft) -> __torch__.Draft:
    # of one model, which goes on in the second where the first ends
    distributions = first.distributions + then.distributions
    return __torch__.Draft(first.tokens + then.tokens, distributions, first.drawn + then.drawn, then.unsure)

  def shortened(self, draft: __torch__.Draft, length: int) -> __torch__.Draft:
    # the first tokens of what a model has drafted, all of them drawn
    distributions, drawn = torch.slice(draft.distributions, None, length, 1), torch.slice(draft.drawn, None, length, 1)
    return __torch__.Draft(torch.slice(draft.tokens, None, length, 1), distributions, drawn, False)

  def completion(self, sampling: __torch__.Sampling, draft: __torch__.Draft, emitted: List[int]) -> __torch__.Completion:
    return __torch__.Completion(sampling, draft, emitted)

  def complete(self, model: __torch__.Model, cache: __torch__.Cache, past: int, skipped: int, unread: List[int],
      completion: __torch__.Completion) -> __torch__.Draft:
    # one pass over what the drafter has not read, the draft included -> the draft with the distributions that it lacks, the
    # one of the token after it, too
    sampling, draft = completion.sampling, completion.draft
    known = 0
    for of_some in draft.distributions:
      known = known + of_some.size(0)
    x = __torch__.forward(model, cache, past, skipped, unread)
    z = __torch__.logits(model, x, len(draft.tokens) + 1 - known, sampling.vocabulary)
    before, after = torch.slice(draft.tokens, None, known, 1), torch.slice(draft.tokens, known, None, 1)
    z = __torch__.penalise(__torch__.choosable(z, sampling), completion.emitted + before, after, sampling)
    q = torch.softmax(__torch__.warp(z, sampling), -1)
    return __torch__.Draft(draft.tokens, draft.distributions + [q], draft.drawn, draft.unsure)

  def verification(self, sampling: __torch__.Sampling, draft: __torch__.Draft, margin: float, plausibility: float,
      emitted: List[int], uniforms: List[float]) -> __torch__.Verification:
    return __torch__.Verification(sampling, draft, margin, plausibility, emitted, uniforms)

  def verify(self, model: __torch__.Model, cache: __torch__.Cache, past: int, skipped: int, pending: List[int],
      verification: __torch__.Verification) -> Tuple[int, int]:
    # step 4: one pass over the pending and the drafted tokens -> how many drafted ones stand, and the token after them
    sampling, draft = verification.sampling, verification.draft
    drafted = draft.tokens
    g = len(drafted)
    x = __torch__.forward(model, cache, past, skipped, pending + drafted)
    z = __torch__.logits(model, x, g + 1, sampling.vocabulary)
    z = __torch__.penalise(__torch__.choosable(z, sampling), verification.emitted, drafted, sampling)
    margin, plausibility, uniforms = verification.margin, verification.plausibility, verification.uniforms
    if len(draft.distributions) > 0:
      z = __torch__.warp(z, sampling)
      q = torch.cat(draft.distributions, 0).to(z.device)
      if q.size(0) > g:
        return __torch__.accept_throughout(z, q, verification)
      if sampling.temperature == 0.:
        return __torch__.accept_learned(z, q, drafted, margin, plausibility)
      return __torch__.accept(z, __torch__.proposed(q, draft), drafted, margin, plausibility, uniforms)
    if sampling.temperature == 0.:
      return __torch__.accept_best(z, drafted)
    return __torch__.accept_certain(__torch__.warp(z, sampling), drafted, uniforms)
