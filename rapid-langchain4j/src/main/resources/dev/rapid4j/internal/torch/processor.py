# What libtorch can make of the processor. The dialect is that of decoder.py.


class Processor(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  _is_full_backward_hook : Optional[bool]

  def has_bfloat16_kernels(self) -> int:
    # 1 if oneDNN has kernels for bfloat16 here, with instructions for it (Arm) or at least AVX-512 (x86)
    return 1 if ops.mkldnn._is_mkldnn_bf16_supported() else 0
