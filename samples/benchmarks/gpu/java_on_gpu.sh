#!/usr/bin/env bash
# Runs the library in Java on a GPU with the libtorch of Python's PyTorch, from a folder that pack.sh --jni has made.
#
#   bash java_on_gpu.sh quickstart
#   bash java_on_gpu.sh tests [DEVICE]           those of models and decoding; DEVICE is cuda by default
#   bash java_on_gpu.sh modes [DEVICE]           tokens a second of every mode, behind 8,000 and 32,000 tokens
#   bash java_on_gpu.sh devices [DEVICE]         answers in every mode, against the CPU's
#   bash java_on_gpu.sh benchmarks ARGUMENTS     any of the benchmarks
#
# PYTHON  the Python that has the PyTorch the folder was made for (default: python3)
# UNPACKED  where to unpack (default: /tmp/rapid-java)
# CHECKOUT  where the bundled model is, and what the tests read (default: around this folder)
# JAVA_OPTIONS  for the JVM
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
step=${1:-} device=${2:-cuda}
checkout=$(cd "${CHECKOUT:-$here/../..}" && pwd)
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
classpath="$java/jars/*:$checkout/samples/lighthouse-model/src/main/resources"
jvm() {
    # shellcheck disable=SC2086
    exec "$java/runtime/bin/java" -Djna.library.path="$unpacked/cudart" ${JAVA_OPTIONS:-} "$@"
}
benchmarks() {
    jvm -cp "$classpath" dev.rapid4j.samples.benchmarks.Benchmarks "$@"
}
case $step in
    quickstart) jvm -cp "$classpath" dev.rapid4j.samples.quickstart.Quickstart ;;
    tests)
        names="model.LanguageModelTest model.SlidingWindowTest model.EncodersTest model.TextEncoderTest
            decoding.GeneratorTest decoding.SpeculationTest decoding.StreamingDraftTest decoding.PassageRowsTest
            decoding.SlidingWindowGenerationTest decoding.ConstrainedGenerationTest decoding.CachePoolTest
            decoding.StoredCachesTest decoding.ArchitecturesTest"
        # shellcheck disable=SC2046
        cd "$checkout/rapid-langchain4j"
        jvm -Dtest.device="$device" -cp "$java/tests/*:$classpath:src/test/resources" RunTests \
            $(printf 'dev.rapid4j.internal.%s ' $names)
        ;;
    modes) benchmarks modes --device="$device" --context=8000,32000 --turns=1 --questions=1 --readings=1 ;;
    devices) benchmarks devices --device="$device" --weights=FLOAT32 --temperature=0 ;;
    benchmarks) shift; benchmarks "$@" ;;
    *) sed -n '2,13s/^# \?//p' "$0"; exit 2 ;;
esac
