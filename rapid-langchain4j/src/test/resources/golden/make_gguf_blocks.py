"""Makes gguf-blocks: random blocks of every type of tensor that is read, and their numbers by Python's gguf package."""

import sys

import numpy as np
import torch
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, GGUFWriter, dequantize
from safetensors.torch import save_file

ROWS, COLUMNS = 4, 256
# where the float16 numbers of a block stand, which must be finite
SCALES = {
    "Q8_0": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q2_K": [80, 82], "Q3_K": [108],
    "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "IQ4_NL": [0], "IQ4_XS": [0], "MXFP4": []}

folder = sys.argv[1]
random = np.random.default_rng(14)
writer = GGUFWriter(folder + "/blocks.gguf", "llama")
expected = {}
for name, places in SCALES.items():
    kind = GGMLQuantizationType[name]
    elements, size = GGML_QUANT_SIZES[kind]
    blocks = random.integers(0, 256, (ROWS * COLUMNS // elements, size), dtype=np.uint8)
    for place in places:
        # of both signs, some so small that float16 has fewer digits for them
        scales = random.standard_normal((len(blocks), 1)) * 10.0 ** random.integers(-6, 2, (len(blocks), 1))
        blocks[:, place:place + 2] = scales.astype(np.float16).view(np.uint8)
    if name == "MXFP4":
        # exponents, the smallest of which float32 has fewer digits for, and none for infinity
        blocks[:, 0] = random.integers(100, 140, len(blocks))
        blocks[:3, 0] = [0, 1, 2]
    blocks = blocks.reshape(ROWS, -1)
    writer.add_tensor(name, blocks, raw_dtype=kind)
    expected[name] = torch.from_numpy(dequantize(blocks, kind))
floats = random.standard_normal((ROWS, COLUMNS)).astype(np.float32)
writer.add_tensor("F32", floats)
writer.add_tensor("F16", floats.astype(np.float16))
writer.add_tensor("BF16", (floats.view(np.uint32) >> 16).astype(np.uint16).view(np.uint8), raw_dtype=GGMLQuantizationType.BF16)
expected["F32"] = torch.from_numpy(floats)
expected["F16"] = torch.from_numpy(floats.astype(np.float16).astype(np.float32))
expected["BF16"] = torch.from_numpy((floats.view(np.uint32) & 0xFFFF0000).view(np.float32))
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
save_file(expected, folder + "/expected.safetensors")
