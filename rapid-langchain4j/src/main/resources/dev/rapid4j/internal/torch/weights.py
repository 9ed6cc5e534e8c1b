# Weights on their way from mapped files into the table, by name, that a network's program takes. Dtypes as in decoder.py,
# types named as in safetensors and GGUF; what those in blocks stand for is in blocks.py.


class Weight(NamedTuple):
  file : Tensor  # flat, of bytes or, where that is aligned, of the weight's own type
  offset : int  # where it begins in the file, in the file tensor's elements
  size : List[int]
  type : str
  block : List[int]  # elements and bytes of a block, or of one element
  order : List[int]  # rows of a head whose two halves lie interleaved; rows of a run, from one run's beginning to the next. 0: in order
  transposed : bool  # whether it is stored column by column
  scales : Optional[Tensor]  # bytes, one a block of MXFP4 that has none of its own


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
    own = torch.narrow(scales, 0, first * blocks, count * blocks)
    bytes = __torch__.with_scales(__torch__.take_rows(weight, first, count, blocks * (weight.block[1] - 1)), own)
    return torch.view(__torch__.decode(bytes, weight.type), [count, width])
  bytes = __torch__.take_rows(weight, first, count, blocks * weight.block[1])
  if dtype >= 0:
    return torch.view(torch.view_copy(torch.clone(bytes), dtype=dtype), [count, width])
  return torch.view(__torch__.decode(torch.view(bytes, [-1, weight.block[1]]), weight.type), [count, width])


def rows_at_once(weight: __torch__.Weight) -> int:
  # which a core's cache holds, as decoding and rounding pass over them several times
  return max(1, 131072 // __torch__.width(weight))


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
      step = __torch__.rows_at_once(weight)
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

  def integers(self, rows: int, columns: int) -> Tuple[Tensor, Tensor]:
    # room for a weight in 8-bit integers with a scale a row
    return (torch.empty([rows, columns], dtype=1), torch.empty([rows, 1], dtype=6))

  def quantise(self, weight: __torch__.Weight, into: Tuple[Tensor, Tensor], at: int) -> int:
    # -> the row behind the last
    integers, scales, = into
    rows, step = weight.size[0], __torch__.rows_at_once(weight)
    for i in range((rows + step - 1) // step):
      n = min(step, rows - i * step)
      x = __torch__.elements(weight, i * step, n).to(6)
      largest = torch.maximum(torch.amax(x, [-1], True), torch.neg(torch.amin(x, [-1], True)))
      scale = torch.clamp_min(largest / 127., 1e-30)
      torch.copy_(scales.narrow(0, at + i * step, n), scale)
      torch.copy_(integers.narrow(0, at + i * step, n), torch.round_(x / scale))
    return at + rows

  def quantised(self, weight: Tuple[Tensor, Tensor]) -> Tensor:
    # of a type of its own, a copy
    integers, scales, = weight
    zeros = torch.zeros([scales.size(0)], dtype=4)
    return torch._make_per_channel_quantized_tensor(integers, torch.squeeze(scales, 1).to(7), zeros, 0)

  def pack(self, quantised: Tensor) -> __torch__.torch.classes.quantized.LinearPackedParamsBase:
    # in the order in which the processor's kernel reads
    return ops.quantized.linear_prepack(quantised, None)

  def table(self) -> Dict[str, Tensor]:
    return annotate(Dict[str, Tensor], {})

  def packed_table(self) -> Dict[str, __torch__.torch.classes.quantized.LinearPackedParamsBase]:
    return annotate(Dict[str, __torch__.torch.classes.quantized.LinearPackedParamsBase], {})

  def put_packed(self, table: Dict[str, __torch__.torch.classes.quantized.LinearPackedParamsBase], name: str,
      weight: __torch__.torch.classes.quantized.LinearPackedParamsBase) -> int:
    table[name] = weight
    return len(table)
