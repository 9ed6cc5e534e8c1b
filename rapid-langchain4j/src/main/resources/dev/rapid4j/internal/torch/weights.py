# Weights on their way from mapped files into the table, by name, that a network's program takes. Dtypes as in decoder.py,
# types named as in safetensors and GGUF; what those in blocks stand for is in blocks.py.


class Weight(NamedTuple):
  file : Tensor  # flat, of bytes or, where that is aligned, of the weight's own type
  offset : int  # where it begins in the file, in the file tensor's elements
  size : List[int]
  type : str
  block : List[int]  # elements and bytes of a block, or of one element; of float8 also rows and columns that share a scale
  order : List[int]  # rows of a head whose two halves lie interleaved; rows of a run, from one run's beginning to the next. 0: in order
  transposed : bool  # whether it is stored column by column
  scales : Optional[Tensor]  # bytes, one a block of MXFP4 that has none of its own; of float8 in float32, of two dimensions


def dtype_of(type: str) -> int:
  # -1 for block types
  if type == "F32":
    dtype = 6
  elif type == "F16":
    dtype = 5
  elif type == "BF16":
    dtype = 15
  else:
    dtype = -1
  return dtype


def order(first: int, count: int, order: List[int]) -> Tensor:
  # where rows lie
  head, run, stride, = order
  row = torch.arange(first, first + count)
  if head > 0:
    # row i of a head's first half at 2 i, of its second at 2 i + 1
    within = torch.remainder(row, head)
    half = torch.floor_divide(within, head // 2)
    row = torch.add(torch.sub(row, within), torch.add(torch.mul(torch.remainder(within, head // 2), 2), half))
  if run > 0:
    row = torch.add(torch.mul(torch.floor_divide(row, run), stride), torch.remainder(row, run))
  return row


def width(weight: __torch__.Weight) -> int:
  # elements of a row, which is a part of the outermost dimension
  width = 1
  for i in range(1, len(weight.size)):
    width = width * weight.size[i]
  return width


def take_rows(weight: __torch__.Weight, first: int, count: int, width: int) -> Tensor:
  # -> [count, width], width in the file tensor's elements; the mapping itself where the rows are in order
  head, run, stride, = weight.order
  if head == 0 and run == 0:
    taken = torch.view(torch.narrow(weight.file, 0, weight.offset + first * width, count * width), [count, width])
  else:
    rows = weight.size[0]
    if run > 0:
      rows = (rows // run - 1) * stride + run
    stored = torch.view(torch.narrow(weight.file, 0, weight.offset, rows * width), [rows, width])
    taken = torch.index_select(stored, 0, __torch__.order(first, count, weight.order))
  return taken


def columns(weight: __torch__.Weight, first: int, count: int, width: int) -> Tensor:
  # `elements` of a weight that is stored column by column
  rows, dtype = weight.size[0], __torch__.dtype_of(weight.type)
  if weight.file.dtype == dtype:
    stored = torch.narrow(weight.file, 0, weight.offset, rows * width)
  else:
    stored = torch.view_copy(torch.clone(torch.narrow(weight.file, 0, weight.offset, rows * width * weight.block[1])), dtype=dtype)
  return torch.transpose(torch.narrow(torch.view(stored, [width, rows]), 1, first, count), 0, 1)


def with_scales(pairs: Tensor, scales: Tensor) -> Tensor:
  # [count, bytes of a row], [blocks] -> [blocks, 17], as in GGUF: a byte has elements that are neighbours there, and here one
  # of the first half of the block, and one of the second
  q = torch.transpose(__torch__.split(torch.view(torch.contiguous(pairs), [-1, 16]), 4), 1, 2).reshape([-1, 32])
  halves = torch.bitwise_or(torch.narrow(q, 1, 0, 16), torch.bitwise_left_shift(torch.narrow(q, 1, 16, 16), 4))
  return torch.cat([torch.unsqueeze(scales, 1), halves], 1)


def scaled_floats(weight: __torch__.Weight, first: int, count: int, scales: Tensor) -> Tensor:
  # `elements` of float8
  width = __torch__.width(weight)
  x = torch.view_copy(torch.clone(__torch__.take_rows(weight, first, count, width)), dtype=24).to(6)
  row = __torch__.order(first, count, weight.order)
  own = torch.index_select(scales, 0, torch.floor_divide(row, weight.block[2]))
  return torch.mul_(x, torch.index_select(own, 1, torch.floor_divide(torch.arange(width), weight.block[3])))


def elements(weight: __torch__.Weight, first: int, count: int) -> Tensor:
  # -> [count, width], of the weight's own type, or in float32 where that has blocks. Where the rows are in order and the
  # file tensor has the type, they are the mapping itself
  width, dtype = __torch__.width(weight), __torch__.dtype_of(weight.type)
  if weight.transposed:
    return __torch__.columns(weight, first, count, width)
  if weight.file.dtype == dtype:
    return __torch__.take_rows(weight, first, count, width)
  blocks = width // weight.block[0]
  scales = weight.scales
  if scales is not None:
    if weight.type == "F8_E4M3":
      return __torch__.scaled_floats(weight, first, count, scales)
    own = torch.narrow(scales, 0, first * blocks, count * blocks)
    bytes = __torch__.with_scales(__torch__.take_rows(weight, first, count, blocks * (weight.block[1] - 1)), own)
    return torch.view(__torch__.decode(bytes, weight.type), [count, width])
  bytes = __torch__.take_rows(weight, first, count, blocks * weight.block[1])
  if dtype >= 0:
    return torch.view(torch.view_copy(torch.clone(bytes), dtype=dtype), [count, width])
  return torch.view(__torch__.decode(torch.view(bytes, [-1, weight.block[1]]), weight.type), [count, width])


def rows_at_once(weight: __torch__.Weight, on_cpu: bool) -> int:
  # which a core's cache holds, as decoding and rounding pass over them several times; of what a GPU does alone, enough to be
  # worth the calls
  elements = 131072
  if not on_cpu and __torch__.dtype_of(weight.type) >= 0:
    elements = 8388608
  return max(1, elements // __torch__.width(weight))


def to_four_bits(x: Tensor) -> Tuple[Tensor, Tensor]:
  # x [..., 32] -> integers from 0 to 15, and [..., 2], what they are multiplied by once 8 is taken off, and what is added
  # then: the ends of the range, or the line through the elements that is nearest to the integers so found, which has less
  # error where both ends are far from the others
  least, greatest = torch.amin(x, [-1], True), torch.amax(x, [-1], True)
  step = torch.sub(greatest, least) / 15.
  ends = torch.cat([step, torch.add(least, step, alpha=8.)], -1)
  q, error = __torch__.on_line(x, ends)
  off, away = torch.sub(q, torch.mean(q, [-1], True)), torch.sub(x, torch.mean(x, [-1], True))
  slope = torch.sum(off * away, [-1], True) / torch.clamp_min(torch.sum(off * off, [-1], True), 1e-30)
  middle = torch.sub(torch.mean(x, [-1], True), slope * torch.sub(torch.mean(q, [-1], True), 8.))
  line = torch.cat([slope, middle], -1)
  other, other_error = __torch__.on_line(x, line)
  better = torch.lt(other_error, error)
  return (torch.where(better, other, q), torch.where(better, line, ends))


def on_line(x: Tensor, line: Tensor) -> Tuple[Tensor, Tensor]:
  # the nearest of sixteen numbers on a line as it will be kept, in bfloat16, and the squares of what is lost
  kept = line.to(15).to(6)
  step, middle = kept.narrow(-1, 0, 1), kept.narrow(-1, 1, 1)
  inverse = torch.where(torch.eq(step, 0.), torch.zeros_like(step), torch.reciprocal(step))
  q = torch.clamp(torch.add(torch.round((x - middle) * inverse), 8.), 0., 15.)
  lost = torch.sub(torch.add(middle, (q - 8.) * step), x)
  return (q, torch.sum(lost * lost, [-1], True))


def four_bits(weight: __torch__.Weight, first: int, count: int, device: str) -> Tuple[Tensor, Tensor]:
  # -> [count, width], and [count, groups, 2]; of blocks that are such groups what they are, else what is nearest
  groups = __torch__.width(weight) // 32
  if __torch__.has_four_bits(weight.type):
    bytes = __torch__.take_rows(weight, first, count, __torch__.width(weight) // weight.block[0] * weight.block[1])
    q, line = __torch__.groups(torch.view(bytes, [-1, weight.block[1]]), weight.type)
    q, line = q.to(torch.device(device)), line.to(torch.device(device))
  else:
    x = __torch__.elements(weight, first, count).to(torch.device(device)).to(6)
    q, line = __torch__.to_four_bits(x.reshape([count, groups, 32]))
  return (torch.reshape(q.to(0), [count, -1]), torch.view(line, [count, groups, 2]))


def packed_groups(pairs: Tensor) -> Tensor:
  # [rows, columns / 2], each byte a column's integer in its upper bits and the next one's in the lower, -> in the order in
  # which the device's kernel reads
  rows, columns = pairs.size(0), pairs.size(1) * 2
  if pairs.is_cuda:
    tiles = 8
    while columns % (tiles * 16) != 0:
      tiles = tiles // 2
    return torch._convert_weight_to_int4pack(pairs, tiles)
  packed = torch.empty_like(pairs)
  # that kernel wants 32 bits for each, which are not there for all at once
  step = max(1, 131072 // columns // 64) * 64
  for i in range((rows + step - 1) // step):
    n = min(step, rows - i * step)
    piece = torch.narrow(pairs, 0, i * step, n)
    both = torch.stack([torch.bitwise_right_shift(piece, 4), torch.bitwise_and(piece, 15)], -1)
    torch.copy_(torch.narrow(packed, 0, i * step, n), torch._convert_weight_to_int4pack_for_cpu(both.view([n, columns]).to(3), 2))
  return packed


class Weights(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  _is_full_backward_hook : Optional[bool]

  def map_file(self, path: str, elements: int, dtype: int) -> Tensor:
    # the whole file as one flat tensor, memory-mapped privately: nothing is read before it is used, nothing written
    return torch.from_file(path, False, elements, dtype=dtype)

  def weight(self, file: Tensor, offset: int, size: List[int], type: str, block: List[int],
      order: List[int]) -> __torch__.Weight:
    return __torch__.Weight(file, offset, size, type, block, order, False, None)

  def transposed(self, w: __torch__.Weight) -> __torch__.Weight:
    return __torch__.Weight(w.file, w.offset, w.size, w.type, w.block, w.order, True, None)

  def scaled(self, w: __torch__.Weight, file: Tensor, offset: int, length: int) -> __torch__.Weight:
    return __torch__.Weight(w.file, w.offset, w.size, w.type, w.block, w.order, False, torch.narrow(file, 0, offset, length))

  def bytes(self, file: Tensor, offset: int, length: int) -> Tensor:
    return torch.narrow(file, 0, offset, length)

  def scaled_by_grid(self, w: __torch__.Weight, scales: Tensor, type: str, grid: List[int]) -> __torch__.Weight:
    # rows and columns of scales, and those of the weight that share one
    own = torch.view_copy(torch.clone(scales), dtype=__torch__.dtype_of(type)).to(6).view([grid[0], grid[1]])
    return __torch__.Weight(w.file, w.offset, w.size, w.type, w.block + [grid[2], grid[3]], w.order, False, own)

  def put_elements(self, table: Dict[str, Tensor], name: str, weight: __torch__.Weight, device: str, dtype: int,
      copied: bool) -> int:
    # -> how many are in the table. What has this type, and need not be copied, is the mapping itself
    count = 1
    if len(weight.size) > 0:
      count = weight.size[0]
    if __torch__.dtype_of(weight.type) >= 0:
      x = __torch__.elements(weight, 0, count).to(torch.device(device), dtype, False, copied)
    else:
      x = torch.empty([count, __torch__.width(weight)], dtype=dtype, device=torch.device(device))
      step = __torch__.rows_at_once(weight, True)
      for i in range((count + step - 1) // step):
        n = min(step, count - i * step)
        torch.copy_(torch.narrow(x, 0, i * step, n), __torch__.elements(weight, i * step, n))
    table[name] = x.view(weight.size)
    return len(table)

  def put_blocks(self, table: Dict[str, Tensor], name: str, weight: __torch__.Weight) -> int:
    # as they are, [rows, blocks of a row, bytes of a block], copied out of the file
    elements, bytes, = weight.block
    rows, blocks = weight.size[0], __torch__.width(weight) // elements
    table[name] = torch.clone(__torch__.take_rows(weight, 0, rows, blocks * bytes)).view([rows, blocks, bytes])
    return len(table)

  def room(self, rows: int, columns: int, dtype: int, device: str) -> Tuple[Tensor, Tensor]:
    # for a weight in 8-bit integers or float8, with a scale a row
    on = torch.device(device)
    return (torch.empty([rows, columns], dtype=dtype, device=on), torch.empty([rows, 1], dtype=6, device=on))

  def room_for_groups(self, rows: int, columns: int, device: str) -> Tuple[Tensor, Tensor]:
    # for one in 4 bits, two of them a byte, with two numbers for each 32
    on = torch.device(device)
    return (torch.empty([rows, columns // 2], dtype=0, device=on), torch.empty([rows, columns // 32, 2], dtype=15, device=on))

  def quantise(self, weight: __torch__.Weight, into: Tuple[Tensor, Tensor], at: int, device: str) -> int:
    # -> the row behind the last
    integers, scales, = into
    rows, step = weight.size[0], __torch__.rows_at_once(weight, device == "cpu")
    greatest = 127.
    if integers.dtype == 24:
      greatest = 448.
    for i in range((rows + step - 1) // step):
      n = min(step, rows - i * step)
      x = __torch__.elements(weight, i * step, n).to(torch.device(device)).to(6)
      largest = torch.maximum(torch.amax(x, [-1], True), torch.neg(torch.amin(x, [-1], True)))
      scale = torch.clamp_min(largest / greatest, 1e-30)
      torch.copy_(scales.narrow(0, at + i * step, n), scale)
      exact = x / scale
      if integers.dtype == 1:
        exact = torch.round_(exact)
      torch.copy_(integers.narrow(0, at + i * step, n), exact)
    return at + rows

  def quantise_groups(self, weight: __torch__.Weight, into: Tuple[Tensor, Tensor], at: int, device: str) -> int:
    pairs, lines, = into
    rows, step = weight.size[0], __torch__.rows_at_once(weight, device == "cpu")
    for i in range((rows + step - 1) // step):
      n = min(step, rows - i * step)
      q, line = __torch__.four_bits(weight, i * step, n, device)
      both = torch.unflatten(q, -1, [-1, 2])
      pair = torch.bitwise_or(torch.bitwise_left_shift(torch.select(both, -1, 0), 4), torch.select(both, -1, 1))
      torch.copy_(pairs.narrow(0, at + i * step, n), pair)
      torch.copy_(lines.narrow(0, at + i * step, n), line)
    return at + rows

  def put_rows(self, table: Dict[str, Tensor], name: str, weight: Tuple[Tensor, Tensor]) -> int:
    integers, scales, = weight
    table[name + ".rows"] = integers
    table[name + ".scales"] = scales.view([1, -1])
    return len(table)

  def put_groups(self, table: Dict[str, Tensor], name: str, weight: Tuple[Tensor, Tensor]) -> int:
    pairs, lines, = weight
    table[name + ".groups"] = __torch__.packed_groups(pairs)
    table[name + ".scales"] = torch.contiguous(torch.transpose(lines, 0, 1))
    return len(table)

  def quantised(self, weight: Tuple[Tensor, Tensor]) -> Tensor:
    # of a type of its own, a copy
    integers, scales, = weight
    zeros = torch.zeros([scales.size(0)], dtype=4)
    return torch._make_per_channel_quantized_tensor(integers, torch.squeeze(scales, 1).to(7), zeros, 0)

  def pack(self, quantised: Tensor) -> __torch__.torch.classes.quantized.LinearPackedParamsBase:
    # in the order in which the processor's kernel reads
    return ops.quantized.linear_prepack(quantised, None)

  def sample_pairs(self, device: str) -> Tensor:
    return torch.arange(144 * 64, dtype=4, device=torch.device(device)).mul(37).remainder(251).to(0).view([144, 64])

  def packed_pairs(self, pairs: Tensor) -> Tensor:
    return __torch__.packed_groups(pairs)

  def table(self) -> Dict[str, Tensor]:
    return annotate(Dict[str, Tensor], {})

  def packed_table(self) -> Dict[str, __torch__.torch.classes.quantized.LinearPackedParamsBase]:
    return annotate(Dict[str, __torch__.torch.classes.quantized.LinearPackedParamsBase], {})

  def put_packed(self, table: Dict[str, __torch__.torch.classes.quantized.LinearPackedParamsBase], name: str,
      weight: __torch__.torch.classes.quantized.LinearPackedParamsBase) -> int:
    table[name] = weight
    return len(table)
