# Weights on their way from mapped files into the table, by name, that a network's program takes. Dtypes as in decoder.py.


class Weights(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  _is_full_backward_hook : Optional[bool]

  def map_file(self, path: str, elements: int, dtype: int) -> Tensor:
    # the whole file as one flat tensor, memory-mapped privately: nothing is read before it is used, nothing written
    return torch.from_file(path, False, elements, dtype=dtype)

  def cut(self, file: Tensor, offset: int, size: List[int], dtype: int, device: str, to_dtype: int) -> Tensor:
    # a weight out of a mapped file; offset and elements count in the file tensor's dtype. Where dtype and device stay
    # as they are, the weight is the mapping itself
    elements = 1
    for s in size:
      elements = elements * s
    if file.dtype == dtype:
      return file.narrow(0, offset, elements).view(size).to(torch.device(device), to_dtype)
    width = torch.element_size(torch.empty([0], dtype=dtype))
    aligned = file.narrow(0, offset, elements * width).clone()
    return torch.view_copy(aligned, dtype=dtype).view(size).to(torch.device(device), to_dtype)

  def table(self) -> Dict[str, Tensor]:
    return annotate(Dict[str, Tensor], {})

  def put(self, table: Dict[str, Tensor], name: str, weight: Tensor) -> int:
    # -> how many are in the table
    table[name] = weight
    return len(table)
