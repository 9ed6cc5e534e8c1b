# Decoder-only networks over a KV cache, and one round of RAPID on top of them. What a network does follows from the weights
# that it has, and from the numbers of `Network`.
#
# TorchScript in its serialised dialect: dtypes are numbers (float32 6, float64 7, int64 4), free functions are called by
# their qualified name. Shapes stand in brackets; n new tokens, m cached ones, d the width of a head, V the vocabulary.
#
# past     how many tokens the cache holds: only so many of its rows mean anything
# skipped  how many positions the cache leaves out; a new token's position is its row plus that
#
# Several sequences are read at once: what is done to each token by itself is done to the tokens of all, one behind the
# other in the rows of one matrix, and each attends over its own cache.


class Rows(NamedTuple):
  weight : Tensor  # [rows, columns], 8-bit integers or float8
  scales : Tensor  # [1, rows], float32
  one : Tensor  # in float32, on their device


class FourBits(NamedTuple):
  # 4 bits with two numbers for each 32 columns of a row: an element is (integer - 8) * first + second
  weight : Tensor  # in the order in which the device's kernel reads
  scales : Tensor  # [columns / 32, rows, 2], bfloat16


class Packed(NamedTuple):
  # 8 bits with a scale a row, and how activations are quantised for them (see `quantised_linear`)
  weight : Optional[__torch__.torch.classes.quantized.LinearPackedParamsBase]  # one of these two: integers, for the processor
  rows : Optional[__torch__.Rows]
  levels : float  # integers on either side of 0 that activations become, or the largest number
  digit : float  # by what the second digit is magnified
  least_step : Tensor  # [1, 1], more than 0, for rows that are 0
  range : Optional[Tensor]  # [1, columns], where the engine takes no fixed scale


class Linear(NamedTuple):
  weight : Optional[Tensor]  # one of these three
  packed : Optional[__torch__.Packed]
  four_bits : Optional[__torch__.FourBits]
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


class Experts(NamedTuple):
  # of a mixture. Lists have an entry for each expert
  router : __torch__.Linear
  gate_up : List[List[__torch__.Linear]]  # two lists, or one of what is both
  gate_up_bias : List[Tensor]  # as many as there are lists, [experts, rows], or none
  down : List[__torch__.Linear]
  down_bias : Optional[Tensor]  # [experts, hidden]
  dense_gate : Optional[__torch__.Linear]  # to a logit, by whose sigmoid the dense block beside the experts is multiplied


class Norm(NamedTuple):
  # of a vector of d numbers, its length l becomes hypot(l, floor), where `floor` is the root of d times epsilon
  weight : Tensor  # in float32; of an RMSNorm times the root of d
  bias : Optional[Tensor]
  floor : Tensor  # [1] in float32


class Layer(NamedTuple):
  input_norm : Optional[__torch__.Norm]
  query_key_value : List[__torch__.Linear]  # three, or one that is all of them
  query_norm : Optional[__torch__.Norm]  # of [d], [heads, d] or [heads * d]
  key_norm : Optional[__torch__.Norm]
  output : __torch__.Linear
  attention_norm : Optional[__torch__.Norm]  # behind the attention
  feed_forward_norm : Optional[__torch__.Norm]
  gate_up : List[__torch__.Linear]  # two, or one that is both; only up where nothing is gated, none where there are only experts
  gated : bool
  down : __torch__.Linear
  experts : Optional[__torch__.Experts]
  output_norm : Optional[__torch__.Norm]  # behind the feed-forward block
  window : int  # how many tokens each attends to, itself among them; 0 is all before it
  rotary : int  # which of the network's position embeddings; -1 is none
  sinks : Optional[Tensor]  # [heads], a score of each that takes part in its softmax, for no value


class Attention(NamedTuple):
  heads : int
  kv_heads : int
  d : int
  parts : int  # into which a long past is cut (see `attend_to_cached`)
  scale : float  # what scores are multiplied by
  soft_cap : float  # scores s become soft_cap * tanh(s / soft_cap); 0 is off


class Mixture(NamedTuple):
  chosen : int  # experts of a token
  normalised : bool  # whether the shares of the chosen ones add up to 1
  width : int  # of an expert, between up and down
  dense_width : int  # of the dense block beside the experts; 0 where there is none
  interleaved : bool  # whether the rows of gate and up, where they are one, take turns


class FeedForward(NamedTuple):
  width : int  # between up and down
  activation : str
  experts : List[int]  # of each layer; 0 for a dense one
  mixture : __torch__.Mixture


class Norms(NamedTuple):
  centred : bool  # LayerNorm, else RMSNorm
  offset : bool  # whether weights are added to 1
  epsilon : float
  parallel : bool  # whether attention and feed-forward have the same input


class Multipliers(NamedTuple):
  embedding : float
  residual : float
  logits : float
  logit_soft_cap : float  # 0 is off
  query_growth : float  # queries at position p are multiplied by 1 + query_growth * ln(1 + floor(p / query_length)); 0 is off
  query_length : float


class Network(NamedTuple):
  attention : __torch__.Attention
  feed_forward : __torch__.FeedForward
  norms : __torch__.Norms
  multipliers : __torch__.Multipliers
  windows : List[int]  # of each layer
  rotaries : List[int]  # of each layer


class Rotary(NamedTuple):
  frequencies : Tensor  # [pairs that are turned], radians a position
  scaling : float  # what cosine and sine are multiplied by


class Turns(NamedTuple):
  # what follows from the positions of the new tokens
  embeddings : List[Tuple[Tensor, Tensor]]  # of each of the network's, cosine and sine, as for `rotate`
  query_scale : Optional[Tensor]  # [n, 1, 1]


class Stage(NamedTuple):
  # layers in a row on one device; what comes out of them moves to that of the next
  first : int  # of the layers
  end : int  # behind the last
  device : Device
  rotaries : List[__torch__.Rotary]


class Model:
  # an object, not a tuple: of a tuple every call compares all types inside with those of the parameter
  embedding : __torch__.Embedding
  layers : List[__torch__.Layer]
  norm : __torch__.Norm
  head : __torch__.Linear
  dtype : int  # of activations
  attention : __torch__.Attention
  feed_forward : __torch__.FeedForward
  norms : __torch__.Norms
  multipliers : __torch__.Multipliers
  stages : List[__torch__.Stage]  # the embedding lies on the device of the first, norm and head on that of the last
  embedding_multiplier : Tensor  # rounded to the type of activations

  def __init__(self, embedding: __torch__.Embedding, layers: List[__torch__.Layer], norm: __torch__.Norm,
      head: __torch__.Linear) -> None:
    self.embedding = embedding
    self.layers = layers
    self.norm = norm
    self.head = head

  def settle(self, network: __torch__.Network, stages: List[__torch__.Stage]) -> None:
    self.attention = network.attention
    self.feed_forward = network.feed_forward
    self.norms = network.norms
    self.multipliers = network.multipliers
    self.stages = stages
    self.dtype = __torch__.type_of_activations(self.layers[0].output)
    self.embedding_multiplier = torch.tensor(network.multipliers.embedding, dtype=self.dtype, device=stages[0].device)


class Groups(NamedTuple):
  # rows that belong to the same expert lie side by side
  experts : List[int]
  counts : List[int]  # rows of each
  expert : Tensor  # of each row
  exact : bool  # see `is_few`


class LayerCache(NamedTuple):
  shared : List[Tuple[Tensor, Tensor]]  # keys and values of the first rows, in pieces: those of other caches, which are only read
  begin : int  # how many rows these are
  keys : Tensor  # of the rows behind them, [KV heads, rows, d], already rotated
  values : Tensor
  slides : bool  # over a window: no row is left out between two others, but the first ones are dropped. Nothing is shared then


class Cache:
  # an object for the reason that Model is one, and as it changes
  layers : List[__torch__.LayerCache]
  dropped : int  # positions before the first row of the layers that slide

  def __init__(self, layers: List[__torch__.LayerCache], dropped: int) -> None:
    self.layers = layers
    self.dropped = dropped


class Reading(NamedTuple):
  # tokens to be read behind those of a sequence
  cache : __torch__.Cache
  past : int
  skipped : int
  ids : List[int]


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


def product_of_rows(x: Tensor, w: __torch__.Rows) -> Tensor:
  # x rounded to the weight's type -> products in float32
  weight, n = w.weight, x.size(0)
  if weight.dtype == 1:
    integers = torch.round(x).to(1)
    if n < 32:
      # CUDA's product takes more than 16 rows
      integers = torch.constant_pad_nd(integers, [0, 0, 0, 32 - n])
    return torch._int_mm(integers, weight.t()).narrow(0, 0, n) * w.scales
  small = x.to(24)
  if weight.is_cuda:
    return torch._scaled_mm(small, weight.t(), w.one, w.one, None, None, 6) * w.scales
  return torch.linear(small.to(6), weight.to(6)) * w.scales


def nearest(x: Tensor, packed: __torch__.Packed) -> Tensor:
  rows = packed.rows
  if rows is not None:
    if rows.weight.dtype != 1:
      return x.to(rows.weight.dtype).to(6)
  return torch.round(x)


def quantised_product(x: Tensor, packed: __torch__.Packed) -> Tensor:
  # x: rows within the range of `levels` on either side, rounded to integers
  rows, weight, range = packed.rows, packed.weight, packed.range
  if rows is not None:
    return __torch__.product_of_rows(x, rows)
  if weight is None:
    ops.prim.RaiseException("a packed layer without a weight", "builtins.ValueError")
    return x
  if range is None:
    zero = int(packed.levels) + 1
    return ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(x, 1., zero, weight)
  # this operator takes its steps from the range of all it is given: one more row has just the range that makes each 1. It
  # refuses NaN, which such a row's step makes of its products anyway
  n = x.size(0)
  both = torch.nan_to_num_(torch.cat([x, range]), 0.)
  return ops.quantized.linear_dynamic(both, weight, packed.levels < 127.).narrow(0, 0, n)


def is_few(rows: int) -> bool:
  # Few rows are bound by reading the weights: each becomes the sum of two, the nearest integers and a second digit of what
  # they leave, which gives the result of activations in float. Reading is bound by arithmetic. No verification has so many
  # rows, so what a token's logits are does not depend on how many are verified with it
  return rows < 128


def step_of_many(x: Tensor, packed: __torch__.Packed) -> Tensor:
  # bound by the memory of what lies between, too: a row's largest magnitude is found without one more copy
  largest = torch.maximum(torch.amax(x, [-1], True), torch.neg(torch.amin(x, [-1], True)))
  return torch.add(packed.least_step, largest, alpha=1. / packed.levels)


def step_of_few(x: Tensor, packed: __torch__.Packed) -> Tensor:
  return torch.add(packed.least_step, torch.amax(torch.abs(x), [-1], True), alpha=1. / packed.levels)


def quantised_linear(x: Tensor, packed: __torch__.Packed, onto: Optional[Tensor]) -> Tensor:
  # x [n, columns]; a scale for each row of it, as one for all would let a single token spoil the others
  n, dtype = x.size(0), x.dtype
  x = x.to(6)
  if __torch__.is_few(n):
    step = __torch__.step_of_few(x, packed)
    exact = x / step
    near = __torch__.nearest(exact, packed)
    digits = __torch__.quantised_product(torch.cat([near, (exact - near) * packed.digit]), packed)
    y = torch.add(digits.narrow(0, 0, n), digits.narrow(0, n, n), alpha=1. / packed.digit)
  else:
    step = __torch__.step_of_many(x, packed)
    y = __torch__.quantised_product(x / step, packed)
  if onto is None:
    return torch.mul_(y, step).to(dtype)
  return torch.addcmul(onto, y, step).to(dtype)


def unpacked(w: __torch__.FourBits) -> Tensor:
  # [rows, columns] in bfloat16, of weights in the order of CUDA's kernel, [rows / 8, columns / 16 k, 32, k / 2], k of 2, 4 or
  # 8: a number of 32 bits has one row's elements of two tiles of 16 columns, whose four bits, from the lowest, are columns
  # 0, 8, 16, 24, 1, 9, 17 and 25 behind twice the lane's remainder by 4
  tiles = w.weight.size(1)
  lanes = torch.view_copy(w.weight, dtype=0).view([-1, tiles, 8, 4, w.weight.size(3), 2, 2])
  both = torch.stack([torch.bitwise_and(lanes, 15), torch.bitwise_right_shift(lanes, 4)], -1)
  # rows by 8, tiles, row, lane, pair of tiles, odd column, tile of the pair, half of the tile
  q = torch.permute(both, [0, 2, 1, 4, 6, 7, 3, 5]).reshape([w.scales.size(1), -1, 32]).to(15)
  line = torch.transpose(w.scales, 0, 1)
  return torch.flatten(torch.addcmul(line.narrow(2, 1, 1), q - 8., line.narrow(2, 0, 1)), 1)


def four_bit_linear(x: Tensor, w: __torch__.FourBits) -> Tensor:
  # x [n, columns], bfloat16
  if not x.is_cuda:
    return torch._weight_int4pack_mm_for_cpu(torch.contiguous(x), w.weight, 32, w.scales)
  if __torch__.is_few(x.size(0)):
    return torch._weight_int4pack_mm(torch.contiguous(x), w.weight, 32, w.scales)
  # bound by arithmetic, for which that kernel is not made
  products = annotate(List[Tensor], [])
  rows = ops.prim.max(64, torch.floordiv(torch.floordiv(16777216, x.size(1)), 64) * 64)
  for i in range(torch.floordiv(w.scales.size(1) + rows - 1, rows)):
    first = i * rows
    count = ops.prim.min(rows, w.scales.size(1) - first)
    part = w.weight.narrow(0, torch.floordiv(first, 8), torch.floordiv(count, 8))
    products.append(torch.linear(x, __torch__.unpacked(__torch__.FourBits(part, w.scales.narrow(1, first, count)))))
  return torch.cat(products, 1)


def linear(x: Tensor, layer: __torch__.Linear) -> Tensor:
  weight, packed, four_bits, bias = layer.weight, layer.packed, layer.four_bits, layer.bias
  if weight is not None:
    return torch.linear(x, weight, bias)
  if packed is not None:
    return __torch__.quantised_linear(x, packed, bias)
  if four_bits is None:
    ops.prim.RaiseException("a layer without a weight", "builtins.ValueError")
    return x
  y = __torch__.four_bit_linear(x, four_bits)
  if bias is not None:
    y = torch.add_(y, bias)
  return y


def add_linear(residual: Tensor, x: Tensor, layer: __torch__.Linear, multiplier: float) -> Tensor:
  packed, weight = layer.packed, layer.weight
  if weight is not None and weight.is_cuda and layer.bias is None:
    # the product adds to it what it computes, where adding would be one more kernel
    return torch.addmm_(residual, x, torch.t(weight), alpha=multiplier)
  if packed is None or multiplier != 1.:
    return torch.add(residual, __torch__.linear(x, layer), alpha=multiplier)
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


def rms_norm(x: Tensor, w: __torch__.Norm) -> Tensor:
  # in as few operators as there are for it: each costs microseconds, whatever it computes. The weight is in float32, and x
  # is rounded to its type once, behind it
  if x.is_cuda:
    # where they convert numbers as they go
    length = torch.hypot(torch.linalg_vector_norm(x, 2, [-1], True, dtype=6), w.floor)
    return torch.mul(torch.div(x, length), w.weight, out=torch.empty_like(x))
  y = x.to(6)
  y = torch.div(y, torch.hypot(torch.linalg_vector_norm(y, 2, [-1], True), w.floor))
  return torch.mul_(y, w.weight).to(x.dtype)


def layer_norm(x: Tensor, w: __torch__.Norm, epsilon: float) -> Tensor:
  weight, bias = w.weight, w.bias
  if weight.dim() == 1:
    return torch.layer_norm(x.to(6), weight.size(), weight, bias, epsilon).to(x.dtype)
  # a weight for each head
  y = torch.mul_(torch.layer_norm(x.to(6), [x.size(-1)], None, None, epsilon), weight)
  if bias is not None:
    y = torch.add_(y, bias)
  return y.to(x.dtype)


def norm(model: __torch__.Model, x: Tensor, w: Optional[__torch__.Norm]) -> Tensor:
  # over the last dimension
  if w is None:
    return x
  if model.norms.centred:
    return __torch__.layer_norm(x, w, model.norms.epsilon)
  return __torch__.rms_norm(x, w)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
  # x [n, heads, d], cos and sin [n, 1, as much of d as turns] as `turn` makes them
  d, turning = x.size(-1), cos.size(-1)
  half = torch.floordiv(turning, 2)
  swapped = torch.cat([x.narrow(-1, half, half), x.narrow(-1, 0, half)], -1)
  if turning == d:
    return torch.addcmul(x * cos, swapped, sin)
  turned = torch.addcmul(x.narrow(-1, 0, turning) * cos, swapped, sin)
  return torch.cat([turned, x.narrow(-1, turning, d - turning)], -1)


def attend(q: Tensor, k: Tensor, v: Tensor, causal: bool, shape: __torch__.Attention) -> Tuple[Tensor, Tensor]:
  # q [1, heads, n, d], k and v [1, heads, m, d], in half precision on CUDA of fewer heads, each for as many neighbouring ones
  # of q -> output like q, and the log-sum-exp of the scores [1, heads, n, 1]
  # in float32, by which outputs over disjoint sets of keys can be merged. Causal: there are as many keys as queries
  if shape.soft_cap > 0.:
    return __torch__.attend_capped(q, k, v, causal, shape)
  if not q.is_cuda:
    out, lse = torch._scaled_dot_product_flash_attention_for_cpu(q, k, v, 0., causal, attn_mask=None, scale=shape.scale)
    return (out, torch.unsqueeze(lse, -1))
  if q.dtype == 6:
    out1, lse1, _0, _1 = torch._scaled_dot_product_efficient_attention(q, k, v, None, True, 0., causal, scale=shape.scale)
    return (out1, torch.unsqueeze(lse1.narrow(-1, 0, q.size(2)), -1))
  out2, lse2, _2, _3, _4, _5, _6, _7, _8 = torch._scaled_dot_product_flash_attention(
      q, k, v, 0., causal, False, scale=shape.scale)
  return (out2, torch.unsqueeze(lse2, -1))


def attend_capped(q: Tensor, k: Tensor, v: Tensor, causal: bool, shape: __torch__.Attention) -> Tuple[Tensor, Tensor]:
  # `attend` with scores s of cap * tanh(s / cap), which no kernel has: in blocks of keys, so that there is never a matrix
  # of all scores. In float32, as a score that is rounded is a weight that is wrong
  cap, n, m = shape.soft_cap, q.size(2), k.size(2)
  queries = q.to(6) * (shape.scale / cap)
  # 16 MB of scores at once, if that is not too few keys
  width = ops.prim.min(8192, ops.prim.max(256, torch.floordiv(4194304, q.size(1) * n)))
  out, lse = torch.zeros_like(queries), torch.full([1, q.size(1), n, 1], -inf, dtype=6, device=q.device)
  for block in range(torch.floordiv(m + width - 1, width)):
    first = block * width
    count = ops.prim.min(width, m - first)
    keys, values = k.narrow(2, first, count).to(6), v.narrow(2, first, count).to(6)
    # the queries before a block of keys see none of it
    hidden = 0
    if causal:
      hidden = first
    scores = torch.mul_(torch.tanh_(torch.matmul(queries.narrow(2, hidden, n - hidden), keys.transpose(2, 3))), cap)
    if causal:
      row = torch.arange(n - hidden, dtype=4, device=q.device)
      column = torch.arange(count, dtype=4, device=q.device)
      torch.masked_fill_(scores, torch.gt(torch.unsqueeze(column, 0), torch.unsqueeze(row, 1)), -inf)
    block_lse = torch.logsumexp(scores, [-1], True)
    block_out = torch.matmul(torch.exp_(torch.sub_(scores, block_lse)), values)
    seeing, seeing_lse = out.narrow(2, hidden, n - hidden), lse.narrow(2, hidden, n - hidden)
    block_out, block_lse = __torch__.merge(block_out, block_lse, seeing, seeing_lse)
    torch.copy_(seeing, block_out)
    torch.copy_(seeing_lse, block_lse)
  return (out.to(q.dtype), lse)


def merge(out: Tensor, lse: Tensor, other: Tensor, other_lse: Tensor) -> Tuple[Tensor, Tensor]:
  both = torch.logaddexp(lse, other_lse)
  # each by its share of the two; in as few operators as there are for it
  share = torch.sigmoid(other_lse - lse)
  if out.is_cuda:
    # where they convert numbers as they go
    merged = torch.addcmul(other * share, out, torch.rsub(share, 1.), out=torch.empty_like(out))
    return (merged, both)
  return (torch.lerp(out.to(6), other.to(6), share).to(out.dtype), both)


def pieces(cache: __torch__.LayerCache, first: int, count: int) -> List[Tuple[Tensor, Tensor]]:
  # keys and values of `count` rows from `first` on, one behind the other, as they lie
  found = annotate(List[Tuple[Tensor, Tensor]], [])
  at, end = 0, first + count
  for i in range(len(cache.shared)):
    keys, values = cache.shared[i]
    begin, behind = ops.prim.max(first, at), ops.prim.min(end, at + keys.size(1))
    if begin < behind:
      found.append((keys.narrow(1, begin - at, behind - begin), values.narrow(1, begin - at, behind - begin)))
    at = at + keys.size(1)
  begin = ops.prim.max(first, at)
  if begin < end:
    found.append((cache.keys.narrow(1, begin - at, end - begin), cache.values.narrow(1, begin - at, end - begin)))
  return found


def attend_to_cached(q: Tensor, cache: __torch__.LayerCache, first: int, count: int,
    shape: __torch__.Attention) -> Tuple[Tensor, Tensor]:
  # q [1, KV heads, rows, d] -> as `attend`, over `count` rows of the cache from `first` on
  found = __torch__.pieces(cache, first, count)
  out, lse = __torch__.attend_to_piece(q, found[0], shape)
  for i in range(len(found) - 1):
    other, other_lse = __torch__.attend_to_piece(q, found[i + 1], shape)
    out, lse = __torch__.merge(out, lse, other, other_lse)
  return (out, lse)


def attend_to_piece(q: Tensor, piece: Tuple[Tensor, Tensor], shape: __torch__.Attention) -> Tuple[Tensor, Tensor]:
  # The CPU kernel gives a core a block of rows of one head; few rows over a long past would leave cores idle, so the
  # past is cut into parts that are attended to side by side ("flash decoding")
  keys, values = piece
  count, parts = keys.size(1), shape.parts
  length = torch.floordiv(count, parts)
  if parts == 1 or q.is_cuda or q.size(2) >= 64 or length < 256 or shape.soft_cap > 0.:
    return __torch__.attend(q, torch.unsqueeze(keys, 0), torch.unsqueeze(values, 0), False, shape)
  kv_heads, rows, d = keys.size(0), q.size(2), q.size(3)
  part_keys = keys.narrow(1, 0, parts * length).unflatten(1, [parts, length])
  part_values = values.narrow(1, 0, parts * length).unflatten(1, [parts, length])
  part_q = q.view([kv_heads, 1, rows, d]).expand([kv_heads, parts, rows, d])
  part_out, part_lse = __torch__.attend(part_q, part_keys, part_values, False, shape)
  lse = torch.logsumexp(part_lse, [1])
  out = torch.sum(part_out.to(6) * torch.exp(part_lse - torch.unsqueeze(lse, 1)), [1]).to(q.dtype)
  out, lse = torch.unsqueeze(out, 0), torch.unsqueeze(lse, 0)
  left = count - parts * length
  if left > 0:
    left_keys = torch.unsqueeze(keys.narrow(1, parts * length, left), 0)
    left_values = torch.unsqueeze(values.narrow(1, parts * length, left), 0)
    left_out, left_lse = __torch__.attend(q, left_keys, left_values, False, shape)
    out, lse = __torch__.merge(out, lse, left_out, left_lse)
  return (out, lse)


def folded(q: Tensor, kv_heads: int) -> Tensor:
  # q [n, heads, d]: the query heads that share a KV head become rows of it, [1, KV heads, group * n, d]
  return q.transpose(0, 1).reshape([1, kv_heads, -1, q.size(2)])


def by_head(x: Tensor, shape: __torch__.Attention) -> Tensor:
  # keys or values [KV heads, m, d] for each query head, [1, heads, m, d], unless the kernel shares them itself
  x = torch.unsqueeze(x, 0)
  if x.is_cuda and x.dtype != 6 and shape.soft_cap == 0.:
    return x
  return torch.repeat_interleave(x, torch.floordiv(shape.heads, shape.kv_heads), 1)


def attend_to_edge(q: Tensor, cache: __torch__.LayerCache, first: int, shape: __torch__.Attention) -> Tuple[Tensor, Tensor]:
  # q [m, heads, d] over m rows of the cache from `first` on, of which the first query sees all, and each further one the
  # first no more: backwards that is causal
  rows = q.size(0)
  back_q = torch.unsqueeze(torch.flip(q, [0]).transpose(0, 1), 0).to(cache.keys.dtype)
  back_keys = __torch__.by_head(torch.flip(cache.keys.narrow(1, first, rows), [1]), shape)
  back_values = __torch__.by_head(torch.flip(cache.values.narrow(1, first, rows), [1]), shape)
  out, lse = __torch__.attend(back_q, back_keys, back_values, True, shape)
  return (torch.flip(out, [2]), torch.flip(lse, [2]))


def attend_behind(new: Tuple[Tensor, Tensor, Tensor], cache: __torch__.LayerCache, first: int, row: int,
    shape: __torch__.Attention) -> Tuple[Tensor, Tensor]:
  # queries, keys and values of new tokens, as `attention` has them, that stand in the cache from `row` on: to themselves
  # causally, and to what is cached from `first` on -> [1, heads, n, d], and the log-sum-exps
  q, k, v = new
  n = q.size(0)
  new_q = torch.unsqueeze(q.transpose(0, 1), 0)
  new_k, new_v = __torch__.by_head(k.transpose(0, 1), shape), __torch__.by_head(v.transpose(0, 1), shape)
  out, lse = __torch__.attend(new_q, new_k, new_v, True, shape)
  if row > first:
    past_q = __torch__.folded(q, shape.kv_heads).to(cache.keys.dtype)
    past_out, past_lse = __torch__.attend_to_cached(past_q, cache, first, row - first, shape)
    like = [1, shape.heads, n, -1]
    out, lse = __torch__.merge(out, lse, past_out.reshape(like), past_lse.reshape(like))
  return (out, lse)


def attend_in_window(new: Tuple[Tensor, Tensor, Tensor], cache: __torch__.LayerCache, row: int, window: int,
    shape: __torch__.Attention) -> Tuple[Tensor, Tensor]:
  # as `attend_behind`, each token to no more than `window` keys, its own the last of them. No block of tokens is longer
  # than the window, so that of the keys behind it only the first are hidden from some of its tokens
  q, k, v = new
  n = q.size(0)
  outs, lses = annotate(List[Tensor], []), annotate(List[Tensor], [])
  done = 0
  while done < n:
    at = row + done
    length = ops.prim.min(n - done, window)
    if at < window - 1:
      # as far as the first key is seen by all
      length = ops.prim.min(length, window - at)
    block = (q.narrow(0, done, length), k.narrow(0, done, length), v.narrow(0, done, length))
    seen_by_all = ops.prim.max(0, at + length - window)
    out, lse = __torch__.attend_behind(block, cache, seen_by_all, at, shape)
    if at >= window - 1 and length > 1:
      edge_out, edge_lse = __torch__.attend_to_edge(block[0].narrow(0, 0, length - 1), cache, at + 1 - window, shape)
      seeing, seeing_lse = out.narrow(2, 0, length - 1), lse.narrow(2, 0, length - 1)
      edge_out, edge_lse = __torch__.merge(seeing, seeing_lse, edge_out, edge_lse)
      out = torch.cat([edge_out, out.narrow(2, length - 1, 1)], 2)
      lse = torch.cat([edge_lse, lse.narrow(2, length - 1, 1)], 2)
    outs.append(out)
    lses.append(lse)
    done = done + length
  return (torch.cat(outs, 2), torch.cat(lses, 2))


def attention(new: Tuple[Tensor, Tensor, Tensor], w: __torch__.Layer, cache: __torch__.LayerCache, row: int,
    shape: __torch__.Attention) -> Tensor:
  # new: queries [n, heads, d], keys and values [n, KV heads, d] of the new tokens, which the cache holds already, from
  # `row` on -> [n, heads * d]
  # No mask is ever built: the new tokens attend to the past without one and to themselves causally.
  # What is cached is attended to in the cache's type, the new tokens in their own.
  q, window = new[0], w.window
  n = q.size(0)
  if n == 1:
    # nothing to hide from a single token: it attends to all that is cached, itself included
    first = 0
    if window > 0:
      first = ops.prim.max(0, row + 1 - window)
    one = __torch__.folded(q, shape.kv_heads).to(cache.keys.dtype)
    out, lse = __torch__.attend_to_cached(one, cache, first, row + 1 - first, shape)
  elif window == 0 or row + n <= window:
    out, lse = __torch__.attend_behind(new, cache, 0, row, shape)
  else:
    out, lse = __torch__.attend_in_window(new, cache, row, window, shape)
  sinks = w.sinks
  if sinks is not None:
    # one more score of each head, of a key without a value
    out = out.reshape([1, shape.heads, n, -1]) * torch.sigmoid(lse.reshape([1, shape.heads, n, 1]) - sinks.view([1, -1, 1, 1]))
  if n == 1:
    return out.reshape([1, -1]).to(q.dtype)
  return torch.squeeze(out, 0).transpose(0, 1).reshape([n, -1]).to(q.dtype)


def heads_of(model: __torch__.Model, x: Tensor, w: Optional[__torch__.Norm]) -> Tensor:
  # queries or keys, [n, heads * d] -> [n, heads, d]; normalised, in architectures that do so, each head or all as one vector
  size = [x.size(0), torch.floordiv(x.size(1), model.attention.d), model.attention.d]
  if w is None:
    return x.view(size)
  if w.weight.size(-1) == model.attention.d:
    return __torch__.norm(model, x.view(size), w)
  return __torch__.norm(model, x, w).view(size)


def query_key_value(model: __torch__.Model, w: __torch__.Layer, h: Tensor,
    turns: __torch__.Turns) -> Tuple[Tensor, Tensor, Tensor]:
  # h: what the attention reads -> queries [n, heads, d], keys and values [n, KV heads, d] of the new tokens
  shape = model.attention
  n = h.size(0)
  keys = shape.kv_heads * shape.d
  if len(w.query_key_value) == 1 and w.query_norm is None and w.key_norm is None:
    # one rotary step for both
    both, v, = __torch__.linears(h, w.query_key_value, [shape.heads * shape.d + keys, keys])
    both = both.view([n, shape.heads + shape.kv_heads, shape.d])
    if w.rotary >= 0:
      cos, sin = turns.embeddings[w.rotary]
      both = __torch__.rotate(both, cos, sin)
    q, k = both.narrow(1, 0, shape.heads), both.narrow(1, shape.heads, shape.kv_heads)
  else:
    q, k, v, = __torch__.linears(h, w.query_key_value, [shape.heads * shape.d, keys, keys])
    q, k = __torch__.heads_of(model, q, w.query_norm), __torch__.heads_of(model, k, w.key_norm)
    if w.rotary >= 0:
      cos, sin = turns.embeddings[w.rotary]
      q, k = __torch__.rotate(q, cos, sin), __torch__.rotate(k, cos, sin)
  query_scale = turns.query_scale
  if query_scale is not None:
    q = q * query_scale
  return (q, k, v.view([n, shape.kv_heads, shape.d]))


def remember(new: Tuple[Tensor, Tensor, Tensor], layer: int, readings: List[__torch__.Reading]) -> None:
  # puts keys and values of the new tokens into the caches
  at = 0
  for i in range(len(readings)):
    reading = readings[i]
    n, cache = len(reading.ids), reading.cache.layers[layer]
    row = __torch__.first_row(reading, layer)
    own = row - cache.begin
    torch.copy_(cache.keys.narrow(1, own, n), new[1].narrow(0, at, n).transpose(0, 1))
    torch.copy_(cache.values.narrow(1, own, n), new[2].narrow(0, at, n).transpose(0, 1))
    at = at + n


def attend_each(model: __torch__.Model, new: Tuple[Tensor, Tensor, Tensor], layer: int,
    readings: List[__torch__.Reading]) -> Tensor:
  # the attention of every sequence over its own cache, which holds the new tokens already -> [n, heads * d]
  outs = annotate(List[Tensor], [])
  at = 0
  for i in range(len(readings)):
    reading = readings[i]
    n = len(reading.ids)
    own = (new[0].narrow(0, at, n), new[1].narrow(0, at, n), new[2].narrow(0, at, n))
    row = __torch__.first_row(reading, layer)
    outs.append(__torch__.attention(own, model.layers[layer], reading.cache.layers[layer], row, model.attention))
    at = at + n
  if len(outs) == 1:
    return outs[0]
  return torch.cat(outs)


def activate(x: Tensor, activation: str) -> Tensor:
  if activation == "silu":
    return torch.silu(x)
  if activation == "gelu_tanh":
    return torch.gelu(x, approximate="tanh")
  if activation == "gelu":
    return torch.gelu(x)
  if activation == "relu":
    return torch.relu(x)
  ops.prim.RaiseException("no activation " + activation, "builtins.ValueError")
  return x


def combine(gate: Tensor, up: Tensor, activation: str) -> Tensor:
  if activation == "clamped_swish":
    # of gpt-oss
    gate = torch.clamp_max(gate, 7.)
    return torch.mul_(torch.mul_(torch.sigmoid(gate * 1.702), gate), torch.clamp(up, -7., 7.) + 1.)
  return torch.mul_(__torch__.activate(gate, activation), up)


def feed_forward(model: __torch__.Model, w: __torch__.Layer, h: Tensor) -> Tensor:
  # what lies between gate and up, and down
  width, activation = model.feed_forward.width, model.feed_forward.activation
  if w.experts is not None:
    width = model.feed_forward.mixture.dense_width
  if not w.gated:
    return __torch__.activate(__torch__.linear(h, w.gate_up[0]), activation)
  gate, up, = __torch__.linears(h, w.gate_up, [width, width])
  return __torch__.combine(gate, up, activation)


def routed(h: Tensor, router: __torch__.Linear, mixture: __torch__.Mixture) -> Tuple[Tensor, Tensor]:
  # h [n, hidden] -> what the result of each chosen expert is multiplied by, and which these are, each [n, chosen]
  z = __torch__.linear(h, router).to(6)
  if mixture.normalised:
    # the softmax of the chosen ones is that of all, divided by its sum over the chosen ones
    logits, chosen = torch.topk(z, mixture.chosen)
    return (torch.softmax(logits, -1), chosen)
  return torch.topk(torch.softmax(z, -1), mixture.chosen)


def grouped_products(x: Tensor, layers: List[__torch__.Linear], groups: __torch__.Groups) -> Tensor:
  # x [rows, columns], or one row that all experts have -> each row with its expert's layer, without a bias
  packed = layers[groups.experts[0]].packed
  if packed is not None:
    return __torch__.grouped_quantised(x, layers, groups, packed)
  products = annotate(List[Tensor], [])
  at = 0
  for i in range(len(groups.experts)):
    own = x if x.size(0) == 1 else x.narrow(0, at, groups.counts[i])
    products.append(__torch__.linear(own, layers[groups.experts[i]]))
    at = at + groups.counts[i]
  return torch.cat(products)


def grouped_quantised(x: Tensor, layers: List[__torch__.Linear], groups: __torch__.Groups,
    packed: __torch__.Packed) -> Tensor:
  # `quantised_linear` for each group, but that a row is rounded once for all its experts. The two digits of a row lie behind
  # each other, so that those of a group are one piece
  dtype = x.dtype
  x = x.to(6)
  digits, step, rows = 1, x, x
  if groups.exact:
    digits, step = 2, __torch__.step_of_few(x, packed)
    exact = x / step
    near = __torch__.nearest(exact, packed)
    rows = torch.cat([near, (exact - near) * packed.digit], 1).view([-1, x.size(1)])
  else:
    step = __torch__.step_of_many(x, packed)
    rows = x / step
  products = annotate(List[Tensor], [])
  at = 0
  for i in range(len(groups.experts)):
    own = layers[groups.experts[i]].packed
    count = groups.counts[i] * digits
    if own is not None:
      products.append(__torch__.quantised_product(rows if x.size(0) == 1 else rows.narrow(0, at, count), own))
    at = at + count
  y = torch.cat(products)
  if groups.exact:
    width = y.size(1)
    both = y.view([-1, 2 * width])
    y = torch.add(both.narrow(1, 0, width), both.narrow(1, width, width), alpha=1. / packed.digit)
  return torch.mul_(y, step).to(dtype)


def through_experts(model: __torch__.Model, w: __torch__.Experts, x: Tensor, groups: __torch__.Groups) -> Tensor:
  # x as in `grouped_products` -> [rows, hidden]
  mixture = model.feed_forward.mixture
  parts = annotate(List[Tensor], [])
  for i in range(len(w.gate_up)):
    y = __torch__.grouped_products(x, w.gate_up[i], groups)
    if len(w.gate_up_bias) > 0:
      y = torch.add_(y, torch.index_select(w.gate_up_bias[i], 0, groups.expert))
    parts.append(y)
  if len(parts) == 2:
    gate, up = parts[0], parts[1]
  elif mixture.interleaved:
    gate, up = torch.unbind(torch.unflatten(parts[0], -1, [-1, 2]), -1)
  else:
    gate, up = torch.split_with_sizes(parts[0], [mixture.width, mixture.width], -1)
  y = __torch__.grouped_products(__torch__.combine(gate, up, model.feed_forward.activation), w.down, groups)
  bias = w.down_bias
  if bias is not None:
    y = torch.add_(y, torch.index_select(bias, 0, groups.expert))
  return y


def mixture(model: __torch__.Model, w: __torch__.Experts, h: Tensor) -> Tensor:
  # of its weights only those of experts that some token has chosen are read
  shares, chosen = __torch__.routed(h, w.router, model.feed_forward.mixture)
  n, k = chosen.size(0), chosen.size(1)
  flat = torch.flatten(chosen)
  if n == 1:
    experts = annotate(List[int], flat.to(torch.device("cpu")).tolist())
    y = __torch__.through_experts(model, w, h, __torch__.Groups(experts, [1] * k, flat, True))
    return torch.mm(shares.to(h.dtype), y)
  expert, order = torch.sort(flat)
  # where the rows of each expert begin; the one time that the processor waits for the device
  begins = torch.searchsorted(expert, torch.arange(len(w.down) + 1, dtype=4, device=h.device))
  first = annotate(List[int], begins.to(torch.device("cpu")).tolist())
  experts = annotate(List[int], [])
  counts = annotate(List[int], [])
  for i in range(len(w.down)):
    if first[i + 1] > first[i]:
      experts.append(i)
      counts.append(first[i + 1] - first[i])
  groups = __torch__.Groups(experts, counts, expert, __torch__.is_few(n))
  y = __torch__.through_experts(model, w, torch.index_select(h, 0, torch.floor_divide(order, k)), groups)
  # back in the order of the tokens
  own = torch.index_select(y, 0, torch.argsort(order)).view([n, k, -1])
  return torch.squeeze(torch.bmm(torch.unsqueeze(shares.to(h.dtype), 1), own), 1)


def add_block(model: __torch__.Model, x: Tensor, y: Tensor, down: __torch__.Linear, w: Optional[__torch__.Norm]) -> Tensor:
  # the last product of a block, normalised in architectures that do so, added to the residual
  multiplier = model.multipliers.residual
  if w is None:
    return __torch__.add_linear(x, y, down, multiplier)
  return torch.add(x, __torch__.norm(model, __torch__.linear(y, down), w), alpha=multiplier)


def layer(model: __torch__.Model, i: int, x: Tensor, turns: __torch__.Turns,
    readings: List[__torch__.Reading]) -> Tensor:
  w = model.layers[i]
  h = __torch__.norm(model, x, w.input_norm)
  new = __torch__.query_key_value(model, w, h, turns)
  __torch__.remember(new, i, readings)
  y = __torch__.attend_each(model, new, i, readings)
  x = __torch__.add_block(model, x, y, w.output, w.attention_norm)
  if not model.norms.parallel:
    h = __torch__.norm(model, x, w.feed_forward_norm)
  experts = w.experts
  if experts is None:
    return __torch__.add_block(model, x, __torch__.feed_forward(model, w, h), w.down, w.output_norm)
  y = __torch__.mixture(model, experts, h)
  if len(w.gate_up) > 0:
    dense = __torch__.linear(__torch__.feed_forward(model, w, h), w.down)
    gate = experts.dense_gate
    if gate is not None:
      dense = torch.mul_(dense, torch.sigmoid(__torch__.linear(h, gate)))
    y = y + dense
  return torch.add(x, __torch__.norm(model, y, w.output_norm), alpha=model.multipliers.residual)


def turn(rotary: __torch__.Rotary, position: Tensor, dtype: int) -> Tuple[Tensor, Tensor]:
  # cosine and sine at positions, each [n, 1, as much of d as turns]; the first half of the sine is negative, as the second
  # half of what turns goes into the first with a minus
  angle = torch.outer(position, rotary.frequencies)
  cos, sin = torch.cos(angle) * rotary.scaling, torch.sin(angle) * rotary.scaling
  cos, sin = torch.cat([cos, cos], -1).to(dtype), torch.cat([torch.neg(sin), sin], -1).to(dtype)
  return (torch.unsqueeze(cos, 1), torch.unsqueeze(sin, 1))


def turns(model: __torch__.Model, stage: __torch__.Stage, readings: List[__torch__.Reading]) -> __torch__.Turns:
  # on the stage's device
  positions = annotate(List[Tensor], [])
  for i in range(len(readings)):
    first = readings[i].past + readings[i].skipped
    positions.append(torch.arange(first, first + len(readings[i].ids), 1, dtype=6, device=stage.device))
  position = torch.cat(positions)
  turned = annotate(List[Tuple[Tensor, Tensor]], [])
  for i in range(len(stage.rotaries)):
    turned.append(__torch__.turn(stage.rotaries[i], position, model.dtype))
  query_scale = annotate(Optional[Tensor], None)
  growth, length = model.multipliers.query_growth, model.multipliers.query_length
  if growth > 0.:
    scale = torch.log1p(torch.floor(position / length)) * growth + 1.
    query_scale = scale.to(model.dtype).view([-1, 1, 1])
  return __torch__.Turns(turned, query_scale)


def all_ids(readings: List[__torch__.Reading]) -> List[int]:
  ids = annotate(List[int], [])
  for i in range(len(readings)):
    ids.extend(readings[i].ids)
  return ids


def sent(ids: List[int], device: Device) -> Tensor:
  # without waiting for what the device still computes
  return torch.tensor(ids, dtype=4).to(device, 4, True)


def before_last(model: __torch__.Model, readings: List[__torch__.Reading]) -> Tuple[Tensor, __torch__.Turns]:
  # runs the new tokens through all layers but the last -> hidden states [n, hidden], and their `turns`, on its device
  ids = __torch__.sent(__torch__.all_ids(readings), model.stages[0].device)
  x = __torch__.embed(model.embedding, ids, model.dtype)
  if model.multipliers.embedding != 1.:
    x = x * model.embedding_multiplier
  turns = __torch__.turns(model, model.stages[0], readings)
  for i in range(len(model.stages)):
    stage = model.stages[i]
    if i > 0:
      x = x.to(stage.device)
      turns = __torch__.turns(model, stage, readings)
    for j in range(stage.first, ops.prim.min(stage.end, len(model.layers) - 1)):
      x = __torch__.layer(model, j, x, turns, readings)
  return (x, turns)


def forward(model: __torch__.Model, readings: List[__torch__.Reading]) -> Tensor:
  # runs the new tokens through all layers and adds them to the caches -> hidden states [n, hidden]
  x, turns = __torch__.before_last(model, readings)
  return __torch__.layer(model, len(model.layers) - 1, x, turns, readings)


def last_rows(x: Tensor, readings: List[__torch__.Reading], rows: List[int]) -> Tensor:
  # of each sequence's tokens in x the last so many
  if len(readings) == 1:
    return x.narrow(0, x.size(0) - rows[0], rows[0])
  parts = annotate(List[Tensor], [])
  end = 0
  for i in range(len(readings)):
    end = end + len(readings[i].ids)
    parts.append(x.narrow(0, end - rows[i], rows[i]))
  return torch.cat(parts)


def logits(model: __torch__.Model, x: Tensor) -> Tensor:
  # of hidden states [n, hidden] -> [n, V] in float32
  z = __torch__.linear(__torch__.norm(model, x, model.norm), model.head).to(6)
  multiplier, cap = model.multipliers.logits, model.multipliers.logit_soft_cap
  if multiplier != 1.:
    z = z * multiplier
  if cap > 0.:
    z = torch.tanh(z / cap) * cap
  return z


def next_logits(model: __torch__.Model, readings: List[__torch__.Reading],
    rows: List[int]) -> Tuple[List[Tensor], Tensor]:
  # reads -> of each sequence the logits behind the last so many tokens, [rows, V], and how far all of them lie apart, [1] in
  # float64, for `values_of`
  x = __torch__.forward(model, readings)
  z = __torch__.logits(model, __torch__.last_rows(x, readings, rows))
  least, greatest = torch.aminmax(z)
  return (annotate(List[Tensor], torch.split_with_sizes(z, rows, 0)), torch.sub(greatest, least).to(7).view([1]))


def values_of(extent: Tensor, decided: List[Tensor]) -> List[float]:
  # what was decided on the device about logits that lie so far apart. The one time in a pass that the processor waits for it:
  # until then nothing may fail because of a NaN
  values = annotate(List[float], torch.cat([extent] + decided).to(torch.device("cpu")).tolist())
  if not torch.isfinite(values[0]):
    # either end is infinite, or a NaN somewhere has made both NaN
    ops.prim.RaiseException("the model returned infinite or NaN logits", "rapid.NotFiniteError")
  return torch.slice(values, 1, None, 1)


def forbidden(masks: Tensor, rows: int, vocabulary: int) -> Tensor:
  # which tokens are not in the sets, [rows, vocabulary]. A table of all bytes has their eight bits as bytes, each entry as
  # one number, as those are gathered many times faster than single bits are shifted out
  bit = torch.arange(8, dtype=4, device=masks.device)
  bits = torch.bitwise_right_shift(torch.unsqueeze(torch.arange(256, dtype=4, device=masks.device), -1), bit)
  table = torch.view_copy(torch.eq(torch.bitwise_and(bits, 1), 0).to(0), dtype=4).reshape([-1])
  eights = torch.index_select(table, 0, masks.to(3))
  return torch.view_copy(eights, dtype=11).view([rows, -1]).narrow(-1, 0, vocabulary)


def choosable(z: Tensor, sampling: __torch__.Sampling) -> Tensor:
  # z [rows, V] of the tokens that can be chosen. What may not be becomes -inf, before all else: temperature, filters,
  # penalties, Eq. 6
  if sampling.vocabulary < z.size(1):
    z = z.narrow(-1, 0, sampling.vocabulary)
  masks = sampling.masks
  if masks is None:
    return z
  return torch.masked_fill_(z, __torch__.forbidden(masks.to(z.device, 0, True), z.size(0), z.size(1)), -inf)


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
  tokens = __torch__.sent(emitted + drafted, z.device)
  none, ones = torch.zeros([z.size(1)], dtype=6, device=z.device), torch.ones_like(tokens, dtype=6)
  for i in range(z.size(0)):
    row, known = torch.select(z, 0, i), len(emitted) + i
    before = tokens.narrow(0, 0, known)
    counts = torch.index_select(torch.index_add(none, 0, before, ones.narrow(0, 0, known)), 0, before)
    penalties = counts * sampling.frequency_penalty + sampling.presence_penalty
    torch.index_copy_(row, 0, before, torch.index_select(row, 0, before) - penalties)
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


def draw(weights: Tensor, uniform: float) -> Tensor:
  # a token with a probability in proportion to its weight, [1]: the inverse of the cumulative sum at `uniform` in [0, 1)
  total = torch.cumsum(weights.to(7), -1)
  last = total.narrow(-1, -1, 1)
  found = torch.searchsorted(total, last * uniform, right=True)
  # rounding must not lead past the last token that has any weight, nor NaN past all
  end = torch.clamp_max(torch.searchsorted(total, last), total.size(-1) - 1)
  return torch.minimum(found, end)


def pick(distribution: Tensor, uniform: float, sampling: __torch__.Sampling) -> Tensor:
  if sampling.temperature == 0.:
    return torch.argmax(distribution, -1, True)
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
  return torch.where(total > 0., left / total, p)


def probabilities(distributions: Tensor, drafted: Tensor) -> Tensor:
  # of every drafted token, in its row -> [g]
  return torch.squeeze(torch.gather(distributions, -1, torch.unsqueeze(drafted, -1)), -1)


def acceptance_ratios(augmented: Tensor, q: Tensor, drafted: Tensor) -> Tensor:
  # min(1, augmented(x) / q(x)) for every drafted x
  return torch.clamp(__torch__.probabilities(augmented, drafted) / __torch__.probabilities(q, drafted), None, 1.)


def standing(stands: Tensor) -> Tensor:
  # stands [g]: whether each drafted token would alone -> how many do, those before the first that does not, [1]
  return torch.sum(torch.cumprod(stands.to(4), 0), [0], True)


def accepted(ratios: Tensor, uniforms: List[float]) -> Tensor:
  # how many drafted tokens stand: those before the first whose uniform is above its ratio
  drawn = torch.tensor(uniforms, dtype=7).to(ratios.device, 7, True)
  return __torch__.standing(drawn.narrow(0, 0, ratios.size(0)) <= ratios.to(7))


def accept(z: Tensor, q: Tensor, drafted: List[int], margin: float, plausibility: float,
    uniforms: List[float]) -> Tensor:
  # z [g + 1, V] the target's warped logits, q [g, V] the drafter's distributions; uniforms: g for the tokens, one for the
  # last draw -> how many drafted tokens stand, and the token after them, [2]
  g = len(drafted)
  p = torch.softmax(z, -1)
  augmented = __torch__.retrieval_augmented(z.narrow(0, 0, g), p.narrow(0, 0, g), q, margin, plausibility)
  count = __torch__.accepted(__torch__.acceptance_ratios(augmented, q, __torch__.sent(drafted, z.device)), uniforms)
  own, rejected = torch.index_select(p, 0, count), torch.clamp_max(count, g - 1)
  left = __torch__.residual(own, torch.index_select(augmented, 0, rejected), torch.index_select(q, 0, rejected))
  last = torch.where(count < g, left, own)
  return torch.cat([count, __torch__.draw(torch.squeeze(last, 0), uniforms[g])])


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


def accept_certain(z: Tensor, drafted: List[int], uniforms: List[float]) -> Tensor:
  # `accept` for tokens that were proposed with certainty: q is 1 for each, so the ratio is p, and what is left after a
  # rejection p without the token. From such a q there is nothing to learn, whatever the margin
  g = len(drafted)
  p, x = torch.softmax(z, -1), __torch__.sent(drafted, z.device)
  of_draft = p.narrow(0, 0, g)
  count = __torch__.accepted(__torch__.probabilities(of_draft, x), uniforms)
  torch.scatter_(of_draft, -1, torch.unsqueeze(x, -1), 0.)
  last = torch.index_select(p, 0, count)
  return torch.cat([count, __torch__.draw(torch.squeeze(last, 0), uniforms[g])])


def accept_best(z: Tensor, drafted: List[int]) -> Tensor:
  # greedily: a drafted token stands while it has the highest logit of its row
  best = __torch__.best(z)
  count = __torch__.standing(torch.eq(best.narrow(0, 0, len(drafted)), __torch__.sent(drafted, z.device)))
  return torch.cat([count, torch.index_select(best, 0, count)])


def accept_learned(z: Tensor, q: Tensor, drafted: List[int], margin: float, plausibility: float) -> Tensor:
  # greedily, where the target learns: the best of Eq. 6 in the rows of the draft, and the target's own in the one after
  g = len(drafted)
  of_draft = z.narrow(0, 0, g)
  augmented = __torch__.augment(of_draft, torch.softmax(of_draft, -1), q, margin, plausibility)
  return __torch__.accept_best(torch.cat([augmented, z.narrow(0, g, 1)]), drafted)


def accept_throughout(z: Tensor, q: Tensor, verification: __torch__.Verification) -> Tensor:
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


def verified(z: Tensor, verification: __torch__.Verification) -> Tensor:
  # z [g + 1, V] -> how many of the g drafted tokens stand, and the token after them, [2]
  sampling, draft = verification.sampling, verification.draft
  drafted = draft.tokens
  z = __torch__.penalise(__torch__.choosable(z, sampling), verification.emitted, drafted, sampling)
  margin, plausibility, uniforms = verification.margin, verification.plausibility, verification.uniforms
  if len(draft.distributions) > 0:
    z = __torch__.warp(z, sampling)
    q = torch.cat(draft.distributions, 0).to(z.device)
    if q.size(0) > len(drafted):
      return __torch__.accept_throughout(z, q, verification)
    if sampling.temperature == 0.:
      return __torch__.accept_learned(z, q, drafted, margin, plausibility)
    return __torch__.accept(z, __torch__.proposed(q, draft), drafted, margin, plausibility, uniforms)
  if sampling.temperature == 0.:
    return __torch__.accept_best(z, drafted)
  return __torch__.accept_certain(__torch__.warp(z, sampling), drafted, uniforms)


class GrowingDraft:
  # one that a model is drafting
  drafting : __torch__.Drafting
  reading : __torch__.Reading  # what is read next
  rows : int  # of logits that are wanted then
  tokens : List[int]
  distributions : List[Tensor]
  drawn : List[bool]
  unsure : bool
  going : bool

  def __init__(self, reading: __torch__.Reading, drafting: __torch__.Drafting) -> None:
    given = drafting.given
    self.drafting = drafting
    self.reading = __torch__.Reading(reading.cache, reading.past, reading.skipped, reading.ids + given)
    self.rows = len(given) + 1 if drafting.of_given else 1
    self.tokens = given
    self.distributions = annotate(List[Tensor], [])
    self.drawn = [False] * len(given)
    self.unsure = False
    self.going = len(given) < drafting.length

  def choose(self, z: Tensor) -> Tuple[Tensor, Tensor]:
    # z: logits behind what was read -> the token that comes next, and its probability where that is asked for, each [1]
    drafting, rows = self.drafting, self.rows
    sampling = drafting.sampling
    known = len(self.tokens) + 1 - rows
    before, after = torch.slice(self.tokens, None, known, 1), torch.slice(self.tokens, known, None, 1)
    z = __torch__.penalise(__torch__.choosable(z, sampling), drafting.emitted + before, after, sampling)
    if drafting.distributions:
      q = torch.softmax(__torch__.warp(z, sampling), -1)
      last = torch.select(q, 0, rows - 1)
      self.distributions = self.distributions + [q]
      token = __torch__.pick(last, drafting.uniforms[len(self.tokens)], sampling)
      return (token, torch.index_select(last, 0, token))
    token = __torch__.best(z)
    if drafting.confidence == 0.:
      return (token, torch.ones_like(token))
    return (token, torch.exp(torch.amax(z) - torch.logsumexp(z, [-1])))

  def grow(self, token: int, probability: float) -> None:
    drafting = self.drafting
    self.tokens = self.tokens + [token]
    self.drawn = self.drawn + [True]
    reading = self.reading
    self.reading = __torch__.Reading(reading.cache, reading.past + len(reading.ids), reading.skipped, [token])
    self.rows = 1
    self.unsure = probability < drafting.confidence
    self.going = len(self.tokens) < drafting.length and not self.unsure and not token in drafting.ends


def still_going(drafts: List[__torch__.GrowingDraft]) -> List[__torch__.GrowingDraft]:
  going = annotate(List[__torch__.GrowingDraft], [])
  for i in range(len(drafts)):
    if drafts[i].going:
      going.append(drafts[i])
  return going


def known(draft: __torch__.Draft) -> int:
  # distributions that it has
  rows = 0
  for i in range(len(draft.distributions)):
    rows = rows + draft.distributions[i].size(0)
  return rows


def completed(z: Tensor, completion: __torch__.Completion) -> __torch__.Draft:
  # z: the logits of the distributions that it lacks
  sampling, draft = completion.sampling, completion.draft
  known = __torch__.known(draft)
  before, after = torch.slice(draft.tokens, None, known, 1), torch.slice(draft.tokens, known, None, 1)
  z = __torch__.penalise(__torch__.choosable(z, sampling), completion.emitted + before, after, sampling)
  q = torch.softmax(__torch__.warp(z, sampling), -1)
  return __torch__.Draft(draft.tokens, draft.distributions + [q], draft.drawn, draft.unsure)


def room(slides: List[bool], capacity: int, window_rows: int, like: Tensor) -> List[__torch__.LayerCache]:
  # of layers with so many rows where they slide and where they do not; like: [KV heads, any, d] of their type, on their
  # device. One allocation, of which each layer has its part: a large block goes back to the system at once when it is freed,
  # where the allocator would keep many small ones
  row = 2 * like.size(0) * like.size(2)
  lengths = annotate(List[int], [])
  for i in range(len(slides)):
    rows = capacity
    if slides[i]:
      rows = window_rows
    lengths.append(rows * row)
  parts = torch.split_with_sizes(torch.empty([sum(lengths)], dtype=like.dtype, device=like.device), lengths, 0)
  layers = annotate(List[__torch__.LayerCache], [])
  for i in range(len(slides)):
    part = parts[i].view([2, like.size(0), -1, like.size(2)])
    none = annotate(List[Tuple[Tensor, Tensor]], [])
    layers.append(__torch__.LayerCache(none, 0, torch.select(part, 0, 0), torch.select(part, 0, 1), slides[i]))
  return layers


def cache(model: __torch__.Model, capacity: int, window_rows: int, dtype: int) -> __torch__.Cache:
  # each layer has its part on its device
  layers = annotate(List[__torch__.LayerCache], [])
  for i in range(len(model.stages)):
    stage = model.stages[i]
    slides = annotate(List[bool], [])
    for j in range(stage.first, stage.end):
      slides.append(model.layers[j].window > 0)
    like = torch.empty([model.attention.kv_heads, 0, model.attention.d], dtype=dtype, device=stage.device)
    layers.extend(__torch__.room(slides, capacity, window_rows, like))
  return __torch__.Cache(layers, 0)


def first_row(reading: __torch__.Reading, layer: int) -> int:
  # where the next token goes
  if reading.cache.layers[layer].slides:
    return reading.past + reading.skipped - reading.cache.dropped
  return reading.past


def copy_range(into: __torch__.LayerCache, at: int, source: __torch__.LayerCache, first: int, count: int) -> None:
  # to rows that are not shared
  own = at - into.begin
  found = __torch__.pieces(source, first, count)
  for i in range(len(found)):
    keys, values = found[i]
    n = keys.size(1)
    torch.copy_(into.keys.narrow(1, own, n), keys)
    torch.copy_(into.values.narrow(1, own, n), values)
    own = own + n


def behind(layer: __torch__.LayerCache, source: __torch__.LayerCache, count: int) -> __torch__.LayerCache:
  # its rows behind the first `count` of another, which are only read
  if layer.slides:
    return layer
  return __torch__.LayerCache(__torch__.pieces(source, 0, count), count, layer.keys, layer.values, False)


def all_behind(cache: __torch__.Cache, source: __torch__.Cache, count: int) -> List[__torch__.LayerCache]:
  layers = annotate(List[__torch__.LayerCache], [])
  for i in range(len(cache.layers)):
    layers.append(__torch__.behind(cache.layers[i], source.layers[i], count))
  return layers


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
  return __torch__.Linear(None, packed, None, bias)


def taken_scaled(weights: __torch__.Weights, name: str, bias: Optional[Tensor]) -> __torch__.Linear:
  # what has its scales beside it
  scales = __torch__.taken(weights, name + ".scales")
  groups = __torch__.taken_if_any(weights, name + ".groups")
  if groups is not None:
    return __torch__.Linear(None, None, __torch__.FourBits(groups, scales), bias)
  return __torch__.Linear(None, __torch__.packed_rows(__torch__.taken(weights, name + ".rows"), scales), None, bias)


def taken_linear(weights: __torch__.Weights, name: str, columns: int) -> __torch__.Linear:
  bias = __torch__.taken_if_any(weights, name + ".bias")
  if name in weights.packed:
    return __torch__.taken_packed(weights, name, columns, bias)
  if name + ".scales" in weights.tensors:
    return __torch__.taken_scaled(weights, name, bias)
  return __torch__.Linear(__torch__.taken(weights, name + ".weight"), None, None, bias)


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
  if joined + ".scales" in weights.tensors:
    return [__torch__.taken_scaled(weights, joined, __torch__.taken_biases(weights, at, names))]
  first = at + names[0] + ".weight"
  if first in weights.tensors and weights.tensors[first].is_cuda:
    # where launching a product costs more than what it computes for few rows
    parts = annotate(List[Tensor], [])
    for i in range(len(names)):
      parts.append(__torch__.taken(weights, at + names[i] + ".weight"))
    return [__torch__.Linear(torch.cat(parts), None, None, __torch__.taken_biases(weights, at, names))]
  layers = annotate(List[__torch__.Linear], [])
  for i in range(len(names)):
    layers.append(__torch__.taken_linear(weights, at + names[i], columns))
  return layers


def taken_experts(weights: __torch__.Weights, at: str, count: int, hidden: int, width: int) -> __torch__.Experts:
  router = __torch__.taken_linear(weights, at + "router", hidden)
  gate_up = annotate(List[List[__torch__.Linear]], [])
  down = annotate(List[__torch__.Linear], [])
  for i in range(count):
    own = __torch__.taken_gate_up(weights, at + str(i) + ".", hidden)
    if i == 0:
      for j in range(len(own)):
        gate_up.append(annotate(List[__torch__.Linear], []))
    for j in range(len(own)):
      gate_up[j].append(own[j])
    down.append(__torch__.taken_linear(weights, at + str(i) + ".down", width))
  biases = annotate(List[Tensor], [])
  for name in ["gate_up", "gate", "up"]:
    bias = __torch__.taken_if_any(weights, at + name + ".bias")
    if bias is not None:
      biases.append(bias)
  if len(biases) > len(gate_up):
    biases = [torch.cat(biases, 1)]
  down_bias = __torch__.taken_if_any(weights, at + "down.bias")
  dense_gate = annotate(Optional[__torch__.Linear], None)
  if at + "dense_gate.weight" in weights.tensors:
    dense_gate = __torch__.taken_linear(weights, at + "dense_gate", hidden)
  return __torch__.Experts(router, gate_up, biases, down, down_bias, dense_gate)


def taken_gate_up(weights: __torch__.Weights, at: str, hidden: int) -> List[__torch__.Linear]:
  # which may lie in the file as one
  if at + "gate_up.weight" in weights.tensors:
    return [__torch__.taken_linear(weights, at + "gate_up", hidden)]
  return __torch__.taken_linears(weights, at, ["gate", "up"], hidden)


def type_of_activations(layer: __torch__.Linear) -> int:
  # that of its weights; float32 for the processor's 8-bit products, else bfloat16
  weight, packed = layer.weight, layer.packed
  if weight is not None:
    return weight.dtype
  if packed is not None:
    if packed.rows is None:
      return 6
  return 15


def made_norm(weight: Tensor, bias: Optional[Tensor], norms: __torch__.Norms) -> __torch__.Norm:
  weight = weight.to(6)
  d = weight.size(-1)
  if norms.offset:
    weight = weight + 1.
  if not norms.centred:
    weight = weight * torch.sqrt(d)
  floor = torch.full([1], torch.sqrt(d * norms.epsilon), dtype=6, device=weight.device)
  return __torch__.Norm(weight, None if bias is None else bias.to(6), floor)


def taken_norm(weights: __torch__.Weights, name: str, norms: __torch__.Norms) -> Optional[__torch__.Norm]:
  weight, bias = __torch__.taken_if_any(weights, name), __torch__.taken_if_any(weights, name + "_bias")
  if weight is None:
    return None
  return __torch__.made_norm(weight, bias, norms)


def taken_head_norm(weights: __torch__.Weights, name: str, norms: __torch__.Norms) -> Optional[__torch__.Norm]:
  # of queries or keys, where each head may have weights of its own, with its number behind the name
  rows = annotate(List[Tensor], [])
  while name + "." + str(len(rows)) in weights.tensors:
    rows.append(torch.unsqueeze(__torch__.taken(weights, name + "." + str(len(rows))), 0))
  if len(rows) == 0:
    return __torch__.taken_norm(weights, name, norms)
  return __torch__.made_norm(torch.cat(rows), None, norms)


def taken_layer(weights: __torch__.Weights, network: __torch__.Network, i: int, hidden: int) -> __torch__.Layer:
  at = "layers." + str(i) + "."
  norms = network.norms
  query_key_value = __torch__.taken_linears(weights, at, ["query", "key", "value"], hidden)
  output = __torch__.taken_linear(weights, at + "output", network.attention.heads * network.attention.d)
  gated = at + "gate.weight" in weights.tensors or at + "gate_up" in weights.packed or at + "gate_up.scales" in weights.tensors
  mixture, experts = network.feed_forward.mixture, network.feed_forward.experts[i]
  width = network.feed_forward.width
  of_layer = annotate(Optional[__torch__.Experts], None)
  if experts > 0:
    of_layer = __torch__.taken_experts(weights, at + "experts.", experts, hidden, mixture.width)
    width = mixture.dense_width
  gate_up = annotate(List[__torch__.Linear], [])
  down = __torch__.Linear(None, None, None, None)
  if width > 0:
    gate_up = __torch__.taken_linears(weights, at, ["gate", "up"] if gated else ["up"], hidden)
    down = __torch__.taken_linear(weights, at + "down", width)
  return __torch__.Layer(
      __torch__.taken_norm(weights, at + "input_norm", norms),
      query_key_value,
      __torch__.taken_head_norm(weights, at + "query_norm", norms),
      __torch__.taken_head_norm(weights, at + "key_norm", norms),
      output,
      __torch__.taken_norm(weights, at + "attention_norm", norms),
      __torch__.taken_norm(weights, at + "feed_forward_norm", norms),
      gate_up,
      gated,
      down,
      of_layer,
      __torch__.taken_norm(weights, at + "output_norm", norms),
      network.windows[i],
      network.rotaries[i],
      __torch__.taken_if_any(weights, at + "sinks"))


def packed(weight: __torch__.torch.classes.quantized.LinearPackedParamsBase, levels: float, columns: int,
    fixed_scale: bool) -> __torch__.Packed:
  range = annotate(Optional[Tensor], None)
  if not fixed_scale:
    row = torch.zeros([1, columns], dtype=6)
    row[0, 0] = -levels - 1.
    row[0, 1] = levels
    range = row
  return __torch__.Packed(weight, None, levels, 2. * levels, torch.full([1, 1], 1e-30, dtype=6), range)


def packed_rows(weight: Tensor, scales: Tensor) -> __torch__.Packed:
  # for products in which one scale is 1: what is left by the nearest integer is half at most, and by the nearest of float8
  # a sixteenth of the number
  levels, digit = 127., 254.
  if weight.dtype != 1:
    levels, digit = 448., 16.
  rows = __torch__.Rows(weight, scales, torch.ones([], dtype=6, device=weight.device))
  least = torch.full([1, 1], 1e-30, dtype=6, device=weight.device)
  return __torch__.Packed(None, rows, levels, digit, least, None)


def require_right(y: Tensor, x: Tensor, weight: Tensor, bound: float) -> float:
  # products with a weight, by this device's kernel, against those in float64
  expected = torch.linear(x.to(7), weight.to(7))
  error = float(torch.amax(torch.abs(y.to(7) - expected))) / float(torch.amax(torch.abs(expected)))
  if not error < bound:
    ops.prim.RaiseException("its products are wrong by " + str(error), "builtins.RuntimeError")
  return error


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


def stages(rotaries: List[__torch__.Rotary], firsts: List[int], devices: str, layers: int) -> List[__torch__.Stage]:
  stages = annotate(List[__torch__.Stage], [])
  names = torch.split(devices, ",")
  for i in range(len(firsts)):
    end = layers
    if i + 1 < len(firsts):
      end = firsts[i + 1]
    device = torch.device(names[i])
    own = annotate(List[__torch__.Rotary], [])
    for j in range(len(rotaries)):
      own.append(__torch__.Rotary(rotaries[j].frequencies.to(device), rotaries[j].scaling))
    stages.append(__torch__.Stage(firsts[i], end, device, own))
  return stages


class Decoder(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  _is_full_backward_hook : Optional[bool]

  def attention(self, heads: int, kv_heads: int, d: int, parts: int, scale: float, soft_cap: float) -> __torch__.Attention:
    return __torch__.Attention(heads, kv_heads, d, parts, scale, soft_cap)

  def mixture(self, chosen: int, normalised: bool, width: int, dense_width: int, interleaved: bool) -> __torch__.Mixture:
    return __torch__.Mixture(chosen, normalised, width, dense_width, interleaved)

  def feed_forward(self, width: int, activation: str, experts: List[int], mixture: __torch__.Mixture) -> __torch__.FeedForward:
    return __torch__.FeedForward(width, activation, experts, mixture)

  def norms(self, centred: bool, offset: bool, epsilon: float, parallel: bool) -> __torch__.Norms:
    return __torch__.Norms(centred, offset, epsilon, parallel)

  def multipliers(self, embedding: float, residual: float, logits: float, logit_soft_cap: float, query_growth: float,
      query_length: float) -> __torch__.Multipliers:
    return __torch__.Multipliers(embedding, residual, logits, logit_soft_cap, query_growth, query_length)

  def network(self, attention: __torch__.Attention, feed_forward: __torch__.FeedForward, norms: __torch__.Norms,
      multipliers: __torch__.Multipliers, windows: List[int], rotaries: List[int]) -> __torch__.Network:
    return __torch__.Network(attention, feed_forward, norms, multipliers, windows, rotaries)

  def rotaries(self, frequencies: List[float], pairs: List[int], scalings: List[float]) -> List[__torch__.Rotary]:
    # of several position embeddings, one after the other
    made = annotate(List[__torch__.Rotary], [])
    at = 0
    for i in range(len(pairs)):
      own = torch.slice(frequencies, at, at + pairs[i], 1)
      made = made + [__torch__.Rotary(torch.tensor(own, dtype=6), scalings[i])]
      at = at + pairs[i]
    return made

  def exact_levels(self, fixed_scale: bool) -> float:
    return __torch__.exact_levels(fixed_scale)

  def check_rows(self, dtype: int, device: str) -> float:
    # whether the device has products of 8-bit integers, or of float8, and they are right, for few rows and for many
    on = torch.device(device)
    weight = torch.remainder(torch.arange(8192, dtype=6, device=on), 121.).add(3.).view([64, 128]).to(dtype)
    scales = torch.linspace(0.5, 1.5, 64, dtype=6, device=on)
    x = torch.linspace(-0.9, 1., 16384, dtype=6, device=on).view([128, 128])
    exact = weight.to(6) * torch.unsqueeze(scales, 1)
    packed = __torch__.packed_rows(weight, torch.unsqueeze(scales, 0))
    few = torch.contiguous(x.narrow(0, 0, 3))
    # of float8 one digit has four bits
    error = __torch__.require_right(__torch__.quantised_linear(x, packed, None), x, exact, 0.04)
    return error + __torch__.require_right(__torch__.quantised_linear(few, packed, None), few, exact, 0.004)

  def check_groups(self, pairs: Tensor, packed: Tensor) -> float:
    # whether the device has products of 4 bits; `pairs` as the program of weights packs them
    rows, columns = pairs.size(0), pairs.size(1) * 2
    q = torch.stack([torch.bitwise_right_shift(pairs, 4), torch.bitwise_and(pairs, 15)], -1).view([rows, columns // 32, 32])
    line = torch.linspace(0.5, 1.5, rows * columns // 16, dtype=6, device=pairs.device).view([rows, columns // 32, 2]).to(15)
    exact = torch.add(line.narrow(2, 1, 1).to(6), (q.to(6) - 8.) * line.narrow(2, 0, 1).to(6)).view([rows, columns])
    w = __torch__.FourBits(packed, torch.contiguous(torch.transpose(line, 0, 1)))
    x = torch.linspace(-0.9, 1., 130 * columns, dtype=6, device=pairs.device).view([130, columns]).to(15)
    few = torch.contiguous(x.narrow(0, 0, 3))
    error = __torch__.require_right(__torch__.four_bit_linear(x, w), x, exact, 0.01)
    return error + __torch__.require_right(__torch__.four_bit_linear(few, w), few, exact, 0.01)

  def weights(self, tensors: Dict[str, Tensor],
      packed: Dict[str, __torch__.torch.classes.quantized.LinearPackedParamsBase], fixed_scale: bool) -> __torch__.Weights:
    levels = 0.
    if len(packed) > 0:
      levels = __torch__.exact_levels(fixed_scale)
    return __torch__.Weights(tensors, packed, levels, fixed_scale)

  def assemble(self, weights: __torch__.Weights, network: __torch__.Network, rotaries: List[__torch__.Rotary],
      firsts: List[int], devices: str) -> __torch__.Model:
    # takes the weights out of their tables: `embedding`, `norm`, `head`, and those of layer i with `layers.i.` before
    # their names in `Layer`. Without a head the embedding table is it
    # firsts, devices: of each stage the first layer, and the device on which its weights are, with commas between
    tensors, packed = weights.tensors, weights.packed
    norm = __torch__.taken_norm(weights, "norm", network.norms)
    if norm is None:
      ops.prim.RaiseException("no norm", "builtins.ValueError")
      norm = __torch__.Norm(torch.empty([0]), None, torch.empty([0]))
    hidden = norm.weight.size(0)
    assembled = annotate(List[__torch__.Layer], [])
    for i in range(len(network.windows)):
      assembled = assembled + [__torch__.taken_layer(weights, network, i, hidden)]
    embedding = __torch__.taken_embedding(weights)
    head = __torch__.Linear(embedding.rows, None, None, None)
    if "head" in packed or "head.weight" in tensors or "head.scales" in tensors:
      head = __torch__.taken_linear(weights, "head", hidden)
    if len(tensors) + len(packed) > 0:
      ops.prim.RaiseException("no place for the weights " + str(tensors.keys()) + str(packed.keys()), "builtins.ValueError")
    model = __torch__.Model(embedding, assembled, norm, head)
    model.settle(network, __torch__.stages(rotaries, firsts, devices, len(assembled)))
    return model

  def new_cache(self, model: __torch__.Model, capacity: int, window_rows: int, dtype: int) -> __torch__.Cache:
    return __torch__.cache(model, capacity, window_rows, dtype)

  def branch_cache(self, model: __torch__.Model, source: __torch__.Cache, shared: int, past: int, capacity: int,
      window_rows: int) -> __torch__.Cache:
    # its layers that do not slide begin with `past` rows of another cache: the first are shared, the others copied to the
    # first of `capacity` rows behind these
    fresh = __torch__.cache(model, capacity, window_rows, source.layers[0].keys.dtype)
    branch = __torch__.Cache(__torch__.all_behind(fresh, source, shared), 0)
    for i in range(len(branch.layers)):
      if not branch.layers[i].slides:
        __torch__.copy_range(branch.layers[i], shared, source.layers[i], shared, past - shared)
    return branch

  def share_less(self, cache: __torch__.Cache, count: int) -> int:
    # only the first `count` of the rows that it shares; its own begin behind them
    cache.layers = __torch__.all_behind(cache, cache, count)
    return count

  def copy_rows(self, cache: __torch__.Cache, source: __torch__.Cache, starts: List[int], counts: List[int]) -> int:
    # the layers that do not slide become ranges of rows of another cache, one behind the other
    length = 0
    for part in range(len(starts)):
      for i in range(len(cache.layers)):
        if not cache.layers[i].slides:
          __torch__.copy_range(cache.layers[i], length, source.layers[i], starts[part], counts[part])
      length = length + counts[part]
    return length

  def copy_window(self, cache: __torch__.Cache, source: __torch__.Cache, first: int, count: int) -> int:
    # those that slide have `count` positions from `first` on of another cache then
    for i in range(len(cache.layers)):
      if cache.layers[i].slides:
        __torch__.copy_range(cache.layers[i], 0, source.layers[i], first - source.dropped, count)
    cache.dropped = first
    return count

  def slide(self, cache: __torch__.Cache, first: int, count: int) -> int:
    # the layers that slide keep `count` positions from `first` on, and have room behind them
    if count > 0:
      for i in range(len(cache.layers)):
        layer = cache.layers[i]
        if layer.slides:
          for rows in [layer.keys, layer.values]:
            torch.copy_(rows.narrow(1, 0, count), rows.narrow(1, first - cache.dropped, count).clone())
    cache.dropped = first
    return count

  def rows_to_bytes(self, cache: __torch__.Cache, first: int, count: int, bytes: Tensor) -> int:
    # rows [first, first + count) of each layer's keys and values, one after the other -> bytes that were filled
    at = 0
    for i in range(len(cache.layers)):
      keys, values = annotate(List[Tensor], []), annotate(List[Tensor], [])
      for piece in __torch__.pieces(cache.layers[i], first, count):
        keys.append(piece[0])
        values.append(piece[1])
      for rows in [torch.cat(keys, 1), torch.cat(values, 1)]:
        stored = torch.view_copy(rows, dtype=0).reshape([-1])
        torch.copy_(torch.narrow(bytes, 0, at, stored.size(0)), stored)
        at = at + stored.size(0)
    return at

  def bytes_to_rows(self, cache: __torch__.Cache, first: int, count: int, known: int, bytes: Tensor) -> int:
    # the reverse, but for the first `known` of these rows, which it has
    rows = len(cache.layers) * 2
    length = bytes.size(0) // rows
    for i in range(len(cache.layers)):
      layer = cache.layers[i]
      size, n = [layer.keys.size(0), count, layer.keys.size(2)], count - known
      own = first + known - layer.begin
      stored = torch.view_copy(torch.narrow(bytes, 0, 2 * i * length, length), dtype=layer.keys.dtype)
      torch.copy_(torch.narrow(layer.keys, 1, own, n), torch.narrow(torch.view(stored, size), 1, known, n))
      stored = torch.view_copy(torch.narrow(bytes, 0, (2 * i + 1) * length, length), dtype=layer.keys.dtype)
      torch.copy_(torch.narrow(layer.values, 1, own, n), torch.narrow(torch.view(stored, size), 1, known, n))
    return rows * length

  def reading(self, cache: __torch__.Cache, past: int, skipped: int, ids: List[int]) -> List[__torch__.Reading]:
    return [__torch__.Reading(cache, past, skipped, ids)]

  def readings(self, first: List[__torch__.Reading], then: List[__torch__.Reading]) -> List[__torch__.Reading]:
    return first + then

  def prefill(self, model: __torch__.Model, readings: List[__torch__.Reading]) -> int:
    # what the last layer makes of the tokens is not asked for, only its keys and values
    x, turns = __torch__.before_last(model, readings)
    last = len(model.layers) - 1
    h = __torch__.norm(model, x, model.layers[last].input_norm)
    __torch__.remember(__torch__.query_key_value(model, model.layers[last], h, turns), last, readings)
    return x.size(0)

  def logits(self, model: __torch__.Model, readings: List[__torch__.Reading], rows: List[int]) -> List[float]:
    # of one sequence behind the other
    z, extent = __torch__.next_logits(model, readings, rows)
    __torch__.values_of(extent, annotate(List[Tensor], []))
    return annotate(List[float], torch.cat(z).to(torch.device("cpu"), 7).reshape([-1]).tolist())

  def hidden_states(self, model: __torch__.Model, readings: List[__torch__.Reading]) -> List[float]:
    # of each sequence's last token, as the head would get it
    x = __torch__.forward(model, readings)
    h = __torch__.norm(model, __torch__.last_rows(x, readings, [1] * len(readings)), model.norm).to(6)
    if not bool(torch.all(torch.isfinite(h))):
      ops.prim.RaiseException("the model returned infinite or NaN values", "rapid.NotFiniteError")
    return annotate(List[float], h.to(torch.device("cpu"), 7).reshape([-1]).tolist())

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

  def drafting_behind(self, d: __torch__.Drafting, given: List[int]) -> List[__torch__.Drafting]:
    return [__torch__.Drafting(d.sampling, d.length, d.confidence, d.distributions, d.ends, d.emitted, d.uniforms, given, d.of_given)]

  def draftings(self, first: List[__torch__.Drafting], then: List[__torch__.Drafting]) -> List[__torch__.Drafting]:
    return first + then

  def draft(self, model: __torch__.Model, readings: List[__torch__.Reading],
      draftings: List[__torch__.Drafting]) -> List[__torch__.Draft]:
    # docs/design.md, section 1, step 3: tokens after those to be read, which those that are given are read with
    growing = annotate(List[__torch__.GrowingDraft], [])
    for i in range(len(readings)):
      growing.append(__torch__.GrowingDraft(readings[i], draftings[i]))
    going = __torch__.still_going(growing)
    while len(going) > 0:
      feeds, rows = annotate(List[__torch__.Reading], []), annotate(List[int], [])
      for i in range(len(going)):
        feeds.append(going[i].reading)
        rows.append(going[i].rows)
      z, extent = __torch__.next_logits(model, feeds, rows)
      chosen = annotate(List[Tensor], [])
      for i in range(len(going)):
        token, probability = going[i].choose(z[i])
        chosen.extend([token, probability])
      values = __torch__.values_of(extent, chosen)
      for i in range(len(going)):
        going[i].grow(int(values[2 * i]), values[2 * i + 1])
      going = __torch__.still_going(going)
    drafts = annotate(List[__torch__.Draft], [])
    for i in range(len(growing)):
      drafts.append(__torch__.Draft(growing[i].tokens, growing[i].distributions, growing[i].drawn, growing[i].unsure))
    return drafts

  def draft_at(self, drafts: List[__torch__.Draft], i: int) -> __torch__.Draft:
    return drafts[i]

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

  def completion(self, sampling: __torch__.Sampling, draft: __torch__.Draft, emitted: List[int]) -> List[__torch__.Completion]:
    return [__torch__.Completion(sampling, draft, emitted)]

  def completions(self, first: List[__torch__.Completion], then: List[__torch__.Completion]) -> List[__torch__.Completion]:
    return first + then

  def complete(self, model: __torch__.Model, readings: List[__torch__.Reading],
      completions: List[__torch__.Completion]) -> List[__torch__.Draft]:
    # one pass over what the drafter has not read, the draft included -> the draft with the distributions that it lacks, the
    # one of the token after it, too
    rows = annotate(List[int], [])
    for i in range(len(completions)):
      rows.append(len(completions[i].draft.tokens) + 1 - __torch__.known(completions[i].draft))
    z, extent = __torch__.next_logits(model, readings, rows)
    __torch__.values_of(extent, annotate(List[Tensor], []))
    drafts = annotate(List[__torch__.Draft], [])
    for i in range(len(completions)):
      drafts.append(__torch__.completed(z[i], completions[i]))
    return drafts

  def verification(self, sampling: __torch__.Sampling, draft: __torch__.Draft, margin: float, plausibility: float,
      emitted: List[int], uniforms: List[float]) -> List[__torch__.Verification]:
    return [__torch__.Verification(sampling, draft, margin, plausibility, emitted, uniforms)]

  def verifications(self, first: List[__torch__.Verification],
      then: List[__torch__.Verification]) -> List[__torch__.Verification]:
    return first + then

  def verify(self, model: __torch__.Model, readings: List[__torch__.Reading],
      verifications: List[__torch__.Verification]) -> List[int]:
    # step 4: one pass over what is to be read, which ends in the drafted tokens -> of each sequence how many drafted ones
    # stand, and the token after them
    rows = annotate(List[int], [])
    for i in range(len(verifications)):
      rows.append(len(verifications[i].draft.tokens) + 1)
    z, extent = __torch__.next_logits(model, readings, rows)
    verdicts = annotate(List[Tensor], [])
    for i in range(len(verifications)):
      verdicts.append(__torch__.verified(z[i], verifications[i]))
    values = __torch__.values_of(extent, verdicts)
    counts_and_tokens = annotate(List[int], [])
    for i in range(len(values)):
      counts_and_tokens.append(int(values[i]))
    return counts_and_tokens
