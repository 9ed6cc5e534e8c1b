# Elements of GGUF's block types, for the programs that read them; it stands before their source. Dtypes as in decoder.py.
#
# A weight is a row of blocks of equally many elements; what stands where in a block, in bytes:
#
#   Q4_0 IQ4_NL  scale 2, bits 16                Q2_K    scales 16, bits 64, scale of scales 2, of minima 2
#   Q4_1         scale 2, offset 2, bits 16      Q3_K    third bits 32, lower bits 64, scales 12, scale of scales 2
#   Q5_0         scale 2, fifth bits 4, bits 16  Q4_K    scale of scales 2, of minima 2, scales and minima 12, bits 128
#   Q5_1         scale 2, offset 2, fifth        Q5_K    as Q4_K, with 32 of fifth bits before the lower ones
#                bits 4, lower 16                Q6_K    lower bits 128, upper 64, scales 16, scale of scales 2
#   MXFP4        scale's exponent 1, bits 16
#   Q8_0         scale 2, integers 32            IQ4_XS  scale of scales 2, scales' upper bits 2, lower 4, bits 128
#
# The order of operations is that of ggml, so that elements come out equal to the bit. b blocks.


def half(blocks: Tensor, at: int) -> Tensor:
  # [b, bytes] -> [b, 1], a float16 of each block
  return torch.to(torch.view_copy(torch.contiguous(torch.narrow(blocks, 1, at, 2)), dtype=5), 6)


def split(packed: Tensor, bits: int) -> Tensor:
  # [b, bytes] -> [b, 8 / bits, bytes]: the lowest bits of all bytes before the next ones
  dense = torch.contiguous(packed)
  parts = annotate(List[Tensor], [torch.bitwise_and(dense, (1 << bits) - 1)])
  for i in range(1, 8 // bits - 1):
    parts.append(torch.bitwise_and(torch.bitwise_right_shift(dense, i * bits), (1 << bits) - 1))
  parts.append(torch.bitwise_right_shift(dense, 8 - bits))
  return torch.stack(parts, 1)


def fifth_bits(packed: Tensor) -> Tensor:
  # [b, 4] -> [b, 32]: one bit an element, in its place
  eight = torch.arange(8)
  bits = torch.bitwise_and(torch.bitwise_right_shift(torch.unsqueeze(torch.arange(256), 1), eight), 1)
  table = torch.sum(torch.bitwise_left_shift(bits, torch.add(torch.mul(eight, 8), 4)), [1])
  words = torch.index_select(table, 0, torch.to(torch.flatten(packed), 3))
  return torch.view(torch.view_copy(words, dtype=0), [packed.size(0), 32])


def scaled(q: Tensor, scale: Tensor) -> Tensor:
  return torch.mul_(torch.to(q, 6), scale)


def affine(q: Tensor, scale: Tensor, offset: Tensor) -> Tensor:
  return torch.add_(torch.mul_(torch.to(q, 6), scale), offset)


def signed(q: Tensor, scale: Tensor, zero: int) -> Tensor:
  return torch.mul_(torch.sub_(torch.to(q, 6), zero), scale)


def scales_and_minima(blocks: Tensor) -> Tuple[Tensor, Tensor]:
  # of Q4_K and Q5_K: -> [b, 8, 1] each. Six bits each in 12 bytes: four times the lower ones of scales, four of
  # minima, whose upper two bits belong to the next four, then the lower four of these, scale and minimum in one byte
  packed = torch.view(torch.contiguous(torch.narrow(blocks, 1, 4, 12)), [blocks.size(0), 3, 4])
  first = torch.bitwise_and(torch.narrow(packed, 1, 0, 2), 63)
  upper = torch.bitwise_left_shift(torch.bitwise_right_shift(torch.narrow(packed, 1, 0, 2), 6), 4)
  second = torch.bitwise_or(__torch__.split(torch.select(packed, 1, 2), 4), upper)
  both = torch.to(torch.cat([first, second], 2), 6)
  scales = torch.mul(torch.select(both, 1, 0), __torch__.half(blocks, 0))
  minima = torch.mul(torch.select(both, 1, 1), __torch__.half(blocks, 2))
  return (torch.unsqueeze(scales, -1), torch.unsqueeze(minima, -1))


def powers_of_two(exponents: Tensor) -> Tensor:
  # bytes -> 2 ** (exponent - 128), as float32 has it
  e = torch.to(exponents, 3)
  small = torch.bitwise_left_shift(torch.full_like(e, 2097152), e)
  bits = torch.where(torch.lt(e, 2), small, torch.bitwise_left_shift(torch.sub(e, 1), 23))
  return torch.view_copy(bits, dtype=6)


def non_linear(packed: Tensor) -> Tensor:
  # [b, bytes] -> [b, 2, bytes], the numbers that four bits stand for in IQ4_NL and IQ4_XS
  values = torch.tensor([-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113], dtype=6)
  q = __torch__.split(packed, 4)
  return torch.view(torch.index_select(values, 0, torch.to(torch.flatten(q), 3)), torch.size(q))


def decode(blocks: Tensor, type: str) -> Tensor:
  # [b, bytes of a block] -> [b, ...], its elements in order, float32
  b = blocks.size(0)
  if type == "Q8_0":
    q = torch.view_copy(torch.contiguous(torch.narrow(blocks, 1, 2, 32)), dtype=1)
    x = __torch__.scaled(q, __torch__.half(blocks, 0))
  elif type == "Q4_0":
    q = torch.view(__torch__.split(torch.narrow(blocks, 1, 2, 16), 4), [b, 32])
    x = __torch__.signed(q, __torch__.half(blocks, 0), 8)
  elif type == "Q4_1":
    q = torch.view(__torch__.split(torch.narrow(blocks, 1, 4, 16), 4), [b, 32])
    x = __torch__.affine(q, __torch__.half(blocks, 0), __torch__.half(blocks, 2))
  elif type == "Q5_0":
    q = torch.view(__torch__.split(torch.narrow(blocks, 1, 6, 16), 4), [b, 32])
    q = torch.bitwise_or_(q, __torch__.fifth_bits(torch.narrow(blocks, 1, 2, 4)))
    x = __torch__.signed(q, __torch__.half(blocks, 0), 16)
  elif type == "Q5_1":
    q = torch.view(__torch__.split(torch.narrow(blocks, 1, 8, 16), 4), [b, 32])
    q = torch.bitwise_or_(q, __torch__.fifth_bits(torch.narrow(blocks, 1, 4, 4)))
    x = __torch__.affine(q, __torch__.half(blocks, 0), __torch__.half(blocks, 2))
  elif type == "Q2_K":
    scales = torch.to(__torch__.split(torch.narrow(blocks, 1, 0, 16), 4), 6)
    q = __torch__.split(torch.view(torch.contiguous(torch.narrow(blocks, 1, 16, 64)), [b * 2, 32]), 2)
    scale = torch.unsqueeze(torch.mul(torch.select(scales, 1, 0), __torch__.half(blocks, 80)), -1)
    minimum = torch.unsqueeze(torch.mul(torch.select(scales, 1, 1), __torch__.half(blocks, 82)), -1)
    x = __torch__.affine(torch.view(q, [b, 16, 16]), scale, torch.neg(minimum))
  elif type == "Q3_K":
    lower = torch.view(__torch__.split(torch.narrow(blocks, 1, 96, 8), 4), [b, 16])
    upper = torch.view(__torch__.split(torch.narrow(blocks, 1, 104, 4), 2), [b, 16])
    scale = torch.bitwise_or(lower, torch.bitwise_left_shift(upper, 4))
    scale = __torch__.signed(scale, __torch__.half(blocks, 108), 32)
    q = __torch__.split(torch.view(torch.contiguous(torch.narrow(blocks, 1, 32, 64)), [b * 2, 32]), 2)
    third = torch.bitwise_left_shift(__torch__.split(torch.narrow(blocks, 1, 0, 32), 1), 2)
    q = torch.bitwise_or_(torch.view(q, [b, 16, 16]), torch.view(third, [b, 16, 16]))
    x = __torch__.signed(q, torch.unsqueeze(scale, -1), 4)
  elif type == "Q4_K":
    scale, minimum = __torch__.scales_and_minima(blocks)
    q = __torch__.split(torch.view(torch.contiguous(torch.narrow(blocks, 1, 16, 128)), [b * 4, 32]), 4)
    x = __torch__.affine(torch.view(q, [b, 8, 32]), scale, torch.neg(minimum))
  elif type == "Q5_K":
    scale, minimum = __torch__.scales_and_minima(blocks)
    q = __torch__.split(torch.view(torch.contiguous(torch.narrow(blocks, 1, 48, 128)), [b * 4, 32]), 4)
    fifth = torch.bitwise_left_shift(__torch__.split(torch.narrow(blocks, 1, 16, 32), 1), 4)
    x = __torch__.affine(torch.bitwise_or_(torch.view(q, [b, 8, 32]), fifth), scale, torch.neg(minimum))
  elif type == "Q6_K":
    scale = torch.view_copy(torch.contiguous(torch.narrow(blocks, 1, 192, 16)), dtype=1)
    scale = __torch__.scaled(scale, __torch__.half(blocks, 208))
    q = __torch__.split(torch.view(torch.contiguous(torch.narrow(blocks, 1, 0, 128)), [b * 2, 64]), 4)
    upper = __torch__.split(torch.view(torch.contiguous(torch.narrow(blocks, 1, 128, 64)), [b * 2, 32]), 2)
    q = torch.bitwise_or_(torch.view(q, [b, 16, 16]), torch.bitwise_left_shift(torch.view(upper, [b, 16, 16]), 4))
    x = __torch__.signed(q, torch.unsqueeze(scale, -1), 32)
  elif type == "IQ4_NL":
    q = torch.view(__torch__.non_linear(torch.narrow(blocks, 1, 2, 16)), [b, 32])
    x = torch.mul_(q, __torch__.half(blocks, 0))
  elif type == "IQ4_XS":
    lower = __torch__.split(torch.view(torch.contiguous(torch.narrow(blocks, 1, 4, 4)), [b * 4, 1]), 4)
    upper = __torch__.split(torch.view(torch.contiguous(torch.narrow(blocks, 1, 2, 2)), [b * 2, 1]), 2)
    scale = torch.bitwise_or(torch.view(lower, [b, 8]), torch.bitwise_left_shift(torch.view(upper, [b, 8]), 4))
    scale = __torch__.signed(scale, __torch__.half(blocks, 0), 32)
    q = __torch__.non_linear(torch.view(torch.contiguous(torch.narrow(blocks, 1, 8, 128)), [b * 8, 16]))
    x = torch.mul_(torch.view(q, [b, 8, 32]), torch.unsqueeze(scale, -1))
  elif type == "MXFP4":
    # numbers of four bits, two of them behind the point, doubled
    values = torch.tensor([0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12], dtype=6)
    q = torch.to(torch.flatten(__torch__.split(torch.narrow(blocks, 1, 1, 16), 4)), 3)
    scale = __torch__.powers_of_two(torch.contiguous(torch.narrow(blocks, 1, 0, 1)))
    x = torch.mul_(torch.view(torch.index_select(values, 0, q), [b, 32]), scale)
  else:
    ops.prim.RaiseException("No weight has the type " + type, "")
    x = blocks
  return x


def has_four_bits(type: str) -> bool:
  # whether its blocks are groups of 32 integers of four bits, each group on a line of its own
  return type == "Q4_0" or type == "Q4_1" or type == "Q4_K"


def groups(blocks: Tensor, type: str) -> Tuple[Tensor, Tensor]:
  # of blocks that have four bits, without loss: -> [groups, 32], and [groups, 2], in float32, by which an element is
  # (integer - 8) * first + second
  b = blocks.size(0)
  if type == "Q4_K":
    q = torch.view(__torch__.split(torch.view(torch.contiguous(torch.narrow(blocks, 1, 16, 128)), [b * 4, 32]), 4), [b * 8, 32])
    scale, minimum = __torch__.scales_and_minima(blocks)
    step = torch.view(scale, [b * 8, 1])
    middle = torch.sub(torch.mul(step, 8.), torch.view(minimum, [b * 8, 1]))
  elif type == "Q4_1":
    q = torch.view(__torch__.split(torch.narrow(blocks, 1, 4, 16), 4), [b, 32])
    step = __torch__.half(blocks, 0)
    middle = torch.add(torch.mul(step, 8.), __torch__.half(blocks, 2))
  else:
    q = torch.view(__torch__.split(torch.narrow(blocks, 1, 2, 16), 4), [b, 32])
    step = __torch__.half(blocks, 0)
    middle = torch.zeros_like(step)
  return (q, torch.cat([step, middle], 1))
