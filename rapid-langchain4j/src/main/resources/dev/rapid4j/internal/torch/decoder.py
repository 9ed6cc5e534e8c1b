# The decoder-only network of Llama, Mistral, Qwen2 and Qwen3 over a KV cache, and one round of RAPID on top of it.
#
# TorchScript in its serialised dialect: dtypes are numbers (float32 6, float64 7, int64 4), free functions are called by
# their qualified name. Shapes stand in brackets; n new tokens, m cached ones, d the width of a head, V the vocabulary.
#
# sampling [temperature, top-p, top-k, frequency penalty, presence penalty]; temperature 0 is greedy, top-k 0 is off
# cache    [layers, 2 (keys, values), KV heads, capacity, d]: only the first `past` rows mean anything
# skipped  how many positions the cache leaves out; a new token's position is its row plus that


class Model(NamedTuple):
  weights : List[Tensor]  # embedding, final norm, head, then 18 a layer (see `layer`); an absent bias or norm is empty
  frequencies : Tensor  # [d / 2], radians a position
  layers : int
  heads : int
  kv_heads : int
  d : int
  parts : int  # into which a long past is cut (see `attend_to_past`)
  epsilon : float  # of RMSNorm
  rotary_scaling : float  # what cosine and sine are multiplied by


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
  if torch.numel(bias) > 0:
    return torch.linear(x, weight, bias)
  return torch.linear(x, weight)


def rms_norm(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
  y = x.to(6)
  y = y * torch.rsqrt(torch.mean(y * y, [-1], True) + epsilon)
  return weight * y.to(x.dtype)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
  # x [n, heads, d], cos and sin [n, 1, d]
  half = torch.floordiv(x.size(-1), 2)
  turned = torch.cat([torch.neg(x.narrow(-1, half, half)), x.narrow(-1, 0, half)], -1)
  return x * cos + turned * sin


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


def attend_to_past(q: Tensor, keys: Tensor, values: Tensor, past: int, parts: int) -> Tuple[Tensor, Tensor]:
  # q [1, KV heads, rows, d], keys and values [KV heads, capacity, d] -> as `attend`, over the first `past` positions.
  # The CPU kernel gives a core a block of rows of one head; few rows over a long past would leave cores idle, so the
  # past is cut into parts that are attended to side by side ("flash decoding")
  length = torch.floordiv(past, parts)
  if parts == 1 or q.size(2) >= 64 or length < 256:
    return __torch__.attend(q, torch.unsqueeze(keys.narrow(1, 0, past), 0), torch.unsqueeze(values.narrow(1, 0, past), 0), False)
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
    left_out, left_lse = __torch__.attend(q, torch.unsqueeze(keys.narrow(1, parts * length, left), 0), torch.unsqueeze(values.narrow(1, parts * length, left), 0), False)
    out, lse = __torch__.merge(out, lse, left_out, left_lse)
  return (out, lse)


def attention(q: Tensor, k: Tensor, v: Tensor, keys: Tensor, values: Tensor, past: int, parts: int) -> Tensor:
  # q [n, heads, d], k and v [n, KV heads, d] of the new tokens; keys and values [KV heads, capacity, d], which hold the
  # new ones already -> [n, heads * d]
  # No mask is ever built: the new tokens attend to the past without one and to themselves causally.
  n = q.size(0)
  heads = q.size(1)
  kv_heads = k.size(1)
  d = q.size(2)
  group = torch.floordiv(heads, kv_heads)
  # the query heads that share a KV head become rows of it
  folded = q.transpose(0, 1).reshape([1, kv_heads, group * n, d])
  if n == 1:
    # nothing to hide from a single token: it attends to all that is cached, itself included
    out, lse = __torch__.attend_to_past(folded, keys, values, past + 1, parts)
    return out.reshape([1, heads * d])
  new_q = torch.unsqueeze(q.transpose(0, 1), 0)
  new_k = torch.repeat_interleave(torch.unsqueeze(k.transpose(0, 1), 0), group, 1)
  new_v = torch.repeat_interleave(torch.unsqueeze(v.transpose(0, 1), 0), group, 1)
  out, lse = __torch__.attend(new_q, new_k, new_v, True)
  if past > 0:
    past_out, past_lse = __torch__.attend_to_past(folded, keys, values, past, parts)
    out, lse = __torch__.merge(out, lse, past_out.reshape([1, heads, n, d]), past_lse.reshape([1, heads, n, 1]))
  return torch.squeeze(out, 0).transpose(0, 1).reshape([n, heads * d])


def layer(model: __torch__.Model, at: int, x: Tensor, cos: Tensor, sin: Tensor, cache: Tensor, past: int) -> Tensor:
  # the weights from `at` on: input norm, query, key, value (weight and bias each), query norm, key norm, output (weight, bias),
  # post-attention norm, gate, up, down (weight and bias each)
  # cache [2, KV heads, capacity, d]
  w = model.weights
  n = x.size(0)
  h = __torch__.rms_norm(x, w[at], model.epsilon)
  q = __torch__.linear(h, w[at + 1], w[at + 2]).view([n, model.heads, model.d])
  k = __torch__.linear(h, w[at + 3], w[at + 4]).view([n, model.kv_heads, model.d])
  v = __torch__.linear(h, w[at + 5], w[at + 6]).view([n, model.kv_heads, model.d])
  if torch.numel(w[at + 7]) > 0:
    q = __torch__.rms_norm(q, w[at + 7], model.epsilon)
    k = __torch__.rms_norm(k, w[at + 8], model.epsilon)
  q = __torch__.rotate(q, cos, sin)
  k = __torch__.rotate(k, cos, sin)
  keys = torch.select(cache, 0, 0)
  values = torch.select(cache, 0, 1)
  torch.copy_(keys.narrow(1, past, n), k.transpose(0, 1))
  torch.copy_(values.narrow(1, past, n), v.transpose(0, 1))
  x = x + __torch__.linear(__torch__.attention(q, k, v, keys, values, past, model.parts), w[at + 9], w[at + 10])
  h = __torch__.rms_norm(x, w[at + 11], model.epsilon)
  gate = torch.silu(__torch__.linear(h, w[at + 12], w[at + 13]))
  return x + __torch__.linear(gate * __torch__.linear(h, w[at + 14], w[at + 15]), w[at + 16], w[at + 17])


def forward(model: __torch__.Model, cache: Tensor, past: int, skipped: int, ids: List[int]) -> Tensor:
  # runs the new tokens through all layers and adds them to the cache -> hidden states [n, hidden]
  w = model.weights
  first = past + skipped
  position = torch.arange(first, first + len(ids), 1, dtype=6, device=cache.device)
  angle = torch.outer(position, model.frequencies)
  angle = torch.unsqueeze(torch.cat([angle, angle], -1), 1)
  cos = (torch.cos(angle) * model.rotary_scaling).to(w[0].dtype)
  sin = (torch.sin(angle) * model.rotary_scaling).to(w[0].dtype)
  x = torch.embedding(w[0], torch.tensor(ids, dtype=4, device=cache.device))
  for i in range(model.layers):
    x = __torch__.layer(model, 3 + 18 * i, x, cos, sin, torch.select(cache, 0, i), past)
  return x


def logits(model: __torch__.Model, x: Tensor, rows: int, vocabulary: int) -> Tensor:
  # of the last `rows` of x -> [rows, vocabulary] in float32
  x = __torch__.rms_norm(x.narrow(0, x.size(0) - rows, rows), model.weights[1], model.epsilon)
  z = torch.linear(x, model.weights[2]).narrow(-1, 0, vocabulary).to(6)
  if not bool(torch.all(torch.isfinite(z))):
    ops.prim.RaiseException("the model returned infinite or NaN logits", "builtins.ValueError")
  return z


def penalise(z: Tensor, emitted: List[int], drafted: List[int], sampling: List[float]) -> Tensor:
  # row i of z follows the emitted tokens and the first i drafted ones; OpenAI's frequency and presence penalties
  if sampling[3] == 0. and sampling[4] == 0.:
    return z
  z = z.clone()
  vocabulary = z.size(1)
  counts = torch.bincount(torch.tensor(emitted, dtype=4, device=z.device), None, vocabulary).to(6)
  for i in range(z.size(0)):
    if i > 0:
      counts[drafted[i - 1]] = counts[drafted[i - 1]] + 1.
    row = torch.select(z, 0, i)
    torch.sub_(row, counts * sampling[3] + counts.gt(0).to(6) * sampling[4])
  return z


def warp(z: Tensor, sampling: List[float]) -> Tensor:
  # temperature, then top-k, then top-p, as transformers' logits warpers do; what is filtered out becomes -inf
  z = z / sampling[0]
  top_k = int(sampling[2])
  if top_k > 0 and top_k < z.size(1):
    values, _0 = torch.topk(z, top_k)
    z = torch.masked_fill(z, z < values.narrow(-1, top_k - 1, 1), -inf)
  if sampling[1] < 1.:
    ascending, order = torch.sort(z, -1, False)
    out = torch.cumsum(torch.softmax(ascending, -1), -1) <= 1. - sampling[1]
    torch.fill_(out.narrow(-1, z.size(1) - 1, 1), False)
    z = torch.masked_fill(z, torch.scatter(out, -1, order, out), -inf)
  return z


def draw(weights: Tensor, uniform: float) -> int:
  # a token with a probability in proportion to its weight: the inverse of the cumulative sum at `uniform` in [0, 1)
  total = torch.cumsum(weights.to(7), -1)
  last = total.narrow(-1, -1, 1)
  found = int(torch.searchsorted(total, last * uniform, right=True))
  # rounding must not lead past the last token that has any weight
  return ops.prim.min(found, int(torch.searchsorted(total, last)))


def retrieval_augmented(z: Tensor, q: Tensor, margin: float, plausibility: float) -> Tensor:
  # paper, Eq. 6, with the plausibility mask of the authors' code: z, q [rows, V] -> distribution [rows, V]
  p = torch.softmax(z, -1)
  plausible = q >= plausibility * torch.amax(q, [-1], True)
  return torch.softmax(z + margin * plausible.to(6) * (q - p), -1)


def residual(p: Tensor, augmented: Tensor, q: Tensor) -> Tensor:
  # one row each; where to draw from after a rejection
  left = torch.clamp(torch.maximum(p - q, p - augmented), 0.)
  total = torch.sum(left)
  if float(total) > 0.:
    return left / total
  return p


def acceptance_ratios(augmented: Tensor, q: Tensor, drafted: List[int]) -> List[float]:
  # min(1, augmented(x) / q(x)) for every drafted x
  x = torch.unsqueeze(torch.tensor(drafted, dtype=4, device=q.device), -1)
  ratio = torch.squeeze(torch.gather(augmented, -1, x) / torch.gather(q, -1, x), -1)
  return annotate(List[float], torch.clamp(ratio, None, 1.).to(torch.device("cpu"), 7).tolist())


def accept(z: Tensor, q: Tensor, drafted: List[int], margin: float, plausibility: float, uniforms: List[float]) -> Tuple[int, int]:
  # z [g + 1, V] the target's warped logits, q [g, V] the drafter's distributions; uniforms: g for the tokens, one for the
  # last draw -> how many drafted tokens stand, and the token after them
  g = len(drafted)
  p = torch.softmax(z, -1)
  if g == 0:
    return (0, __torch__.draw(torch.select(p, 0, 0), uniforms[0]))
  augmented = __torch__.retrieval_augmented(z.narrow(0, 0, g), q, margin, plausibility)
  ratios = __torch__.acceptance_ratios(augmented, q, drafted)
  accepted = 0
  while accepted < g and uniforms[accepted] <= ratios[accepted]:
    accepted = accepted + 1
  last = torch.select(p, 0, accepted)
  if accepted < g:
    last = __torch__.residual(last, torch.select(augmented, 0, accepted), torch.select(q, 0, accepted))
  return (accepted, __torch__.draw(last, uniforms[g]))


class Decoder(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  _is_full_backward_hook : Optional[bool]

  def assemble(self, weights: List[Tensor], frequencies: List[float], layers: int, heads: int, kv_heads: int, d: int, parts: int, epsilon: float, rotary_scaling: float) -> __torch__.Model:
    angles = torch.tensor(frequencies, dtype=6, device=weights[0].device)
    return __torch__.Model(weights, angles, layers, heads, kv_heads, d, parts, epsilon, rotary_scaling)

  def new_cache(self, model: __torch__.Model, capacity: int) -> Tensor:
    embedding = model.weights[0]
    return torch.empty([model.layers, 2, model.kv_heads, capacity, model.d], dtype=embedding.dtype, device=embedding.device)

  def grow_cache(self, cache: Tensor, past: int, capacity: int) -> Tensor:
    grown = torch.empty([cache.size(0), 2, cache.size(2), capacity, cache.size(4)], dtype=cache.dtype, device=cache.device)
    torch.copy_(grown.narrow(3, 0, past), cache.narrow(3, 0, past))
    return grown

  def copy_ends(self, cache: Tensor, source: Tensor, past: int, first: int, last: int) -> int:
    # the cache becomes the first and the last rows of the `past` ones of another; keys are rotated already
    torch.copy_(cache.narrow(3, 0, first), source.narrow(3, 0, first))
    torch.copy_(cache.narrow(3, first, last), source.narrow(3, past - last, last))
    return first + last

  def prefill(self, model: __torch__.Model, cache: Tensor, past: int, skipped: int, ids: List[int]) -> int:
    x = __torch__.forward(model, cache, past, skipped, ids)
    return past + len(ids)

  def logits(self, model: __torch__.Model, cache: Tensor, past: int, skipped: int, ids: List[int], rows: int, vocabulary: int) -> List[float]:
    z = __torch__.logits(model, __torch__.forward(model, cache, past, skipped, ids), rows, vocabulary)
    return annotate(List[float], z.to(torch.device("cpu"), 7).reshape([-1]).tolist())

  def draft(self, model: __torch__.Model, cache: Tensor, past: int, skipped: int, pending: List[int], length: int, sampling: List[float], confidence: float, ends: List[int], emitted: List[int], vocabulary: int, uniforms: List[float]) -> Tuple[List[int], Tensor]:
    # docs/design.md, section 1, step 3: up to `length` tokens after the pending ones, and the drafter's distribution for each
    # [drafted, V]; under greedy decoding no distribution is needed and the tensor has no rows
    drafted = annotate(List[int], [])
    distributions = annotate(List[Tensor], [])
    feed = pending
    going = length > 0
    while going:
      z = __torch__.logits(model, __torch__.forward(model, cache, past, skipped, feed), 1, vocabulary)
      past = past + len(feed)
      z = __torch__.penalise(z, emitted + drafted, drafted, sampling)
      if sampling[0] == 0.:
        token = int(torch.argmax(z))
        probability = float(torch.select(torch.softmax(torch.squeeze(z, 0), 0), 0, token))
      else:
        q = torch.softmax(__torch__.warp(z, sampling), -1)
        token = __torch__.draw(torch.squeeze(q, 0), uniforms[len(drafted)])
        probability = float(torch.select(torch.squeeze(q, 0), 0, token))
        distributions = distributions + [q]
      drafted = drafted + [token]
      feed = [token]
      going = len(drafted) < length and probability >= confidence and not token in ends
    if len(distributions) == 0:
      return (drafted, torch.empty([0, vocabulary], device=cache.device))
    return (drafted, torch.cat(distributions, 0))

  def verify(self, model: __torch__.Model, cache: Tensor, past: int, skipped: int, pending: List[int], drafted: List[int], distributions: Tensor, sampling: List[float], margin: float, plausibility: float, emitted: List[int], vocabulary: int, uniforms: List[float]) -> Tuple[int, int]:
    # step 4: one pass over the pending and the drafted tokens -> how many drafted ones stand, and the token after them
    g = len(drafted)
    z = __torch__.logits(model, __torch__.forward(model, cache, past, skipped, pending + drafted), g + 1, vocabulary)
    z = __torch__.penalise(z, emitted, drafted, sampling)
    accepted = 0
    if sampling[0] == 0.:
      best = annotate(List[int], torch.argmax(z, -1).to(torch.device("cpu")).tolist())
      while accepted < g and best[accepted] == drafted[accepted]:
        accepted = accepted + 1
      return (accepted, best[accepted])
    return __torch__.accept(__torch__.warp(z, sampling), distributions.to(z.device), drafted, margin, plausibility, uniforms)
