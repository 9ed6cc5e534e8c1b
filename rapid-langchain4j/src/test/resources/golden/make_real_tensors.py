"""What Python's gguf decodes of the real models of .ci/with-models: a checksum of every tensor's numbers.

    python make_real_tensors.py FILE.gguf...        # needs gguf

Writes real/tensors.json beside this script: for each file, by the tensor's name, the first half of the SHA-256 of its
numbers as float32, little-endian, in the file's order.
"""

import hashlib
import json
import sys
from pathlib import Path

from gguf import GGUFReader, dequantize


def checksum(tensor):
    numbers = dequantize(tensor.data, tensor.tensor_type).astype("<f4")
    return hashlib.sha256(numbers.tobytes()).hexdigest()[:32]


if __name__ == "__main__":
    checksums = {Path(file).name: {t.name: checksum(t) for t in GGUFReader(file).tensors} for file in sys.argv[1:]}
    (Path(__file__).parent / "real" / "tensors.json").write_text(json.dumps(checksums, indent=0) + "\n")
