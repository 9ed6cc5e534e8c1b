#!/usr/bin/env bash
# Runs the benchmarks in Java on a GPU, with the libtorch of Python's PyTorch: see make_java_folder.sh, which put this here.
#
#   bash java_on_gpu.sh devices --device=cuda --weights=FLOAT32 --temperature=0
#   bash java_on_gpu.sh shapes --device=cuda --shape=llama-3.1-8b --context=8192,32768
#
# PYTHON  the Python that has the PyTorch the folder was made for (default: python3)
# UNPACKED  where to unpack (default: /tmp/rapid-java)
# JAVA_OPTIONS  for the JVM
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
unpacked=${UNPACKED:-/tmp/rapid-java}
java=$unpacked/java
if [ ! -d "$java" ]; then
    mkdir -p "$unpacked/half"
    tar -C "$unpacked/half" -xf "$here/java.tar.xz"
    mv "$unpacked/half/java" "$java"
fi
packages=$("${PYTHON:-python3}" -c 'import importlib.util as u, os.path as p; print(p.dirname(p.dirname(u.find_spec("torch").origin)))')

# what DJL loads is all that lies in the folder; what these libraries need they find through their own paths
libraries=$unpacked/libtorch
mkdir -p "$libraries"
for name in libc10.so libc10_cuda.so libtorch.so libtorch_cpu.so libtorch_cuda.so; do
    ln -sf "$packages/torch/lib/$name" "$libraries/$name"
done
ln -sf "$java/libdjl_torch.so" "$libraries/libdjl_torch.so"
# by which DJL counts the GPUs; a CUDA toolkit has it where libraries are looked for, a wheel has not
mkdir -p "$unpacked/cudart"
ln -sf "$packages"/nvidia/cu*/lib/libcudart.so.* "$unpacked/cudart/libcudart.so"

export PYTORCH_LIBRARY_PATH=$libraries PYTORCH_VERSION=$(cat "$java/torch-version") PYTORCH_FLAVOR=$(cat "$java/torch-flavor")
# shellcheck disable=SC2086
exec "$java/runtime/bin/java" -Djna.library.path="$unpacked/cudart" ${JAVA_OPTIONS:-} -cp "$java/jars/*" \
    dev.rapid4j.samples.benchmarks.Benchmarks "$@"
