#!/usr/bin/env bash
# Makes a folder with which java_on_gpu.sh runs the benchmarks on a machine with a GPU and PyTorch, and without Java and
# network: a small Java runtime, the library with what it needs, and DJL's JNI library, compiled from DJL's sources for the
# PyTorch that is there. (The JNI library that DJL publishes is for libtorch 2.7.1 alone.) Nothing in it may be committed.
#
#   ./mvnw -q -Pbenchmarks package -DskipTests
#   samples/benchmarks/gpu/make_java_folder.sh FOLDER DJL PYTHON
#
# FOLDER  to be made; some 26 MB, as one archive and the scripts
# DJL     a checkout of github.com/deepjavalibrary/djl at the tag of the version that the root pom.xml names
# PYTHON  a Python with the PyTorch of that machine, and `pip install nvidia-cuda-crt nvidia-cuda-cccl` of its CUDA version
set -euo pipefail
[ $# = 3 ] || { sed -n '2,13s/^# \?//p' "$0"; exit 2; }
folder=$(realpath -m "$1") djl=$(realpath "$2") python=$3
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder" "$work/java/jars"

echo "Collecting jars"
cd "$root"
./mvnw -q -o -B -pl samples/benchmarks dependency:build-classpath -Dmdep.outputFile="$work/classpath"
tr : '\n' < "$work/classpath" \
    | grep -v -E '/dev/rapid4j/|onnxruntime|pytorch-native|pytorch-jni|bge-small|langchain4j-embeddings|opennlp|junit|assertj|byte-buddy' \
    | xargs cp -t "$work/java/jars"
for module in rapid-chat-template rapid-langchain4j samples/lighthouse-model samples/benchmarks; do
    cp "$root/$module"/target/*-SNAPSHOT.jar "$work/java/jars/"
done
zip -q -d "$work"/java/jars/tokenizers-*.jar 'native/lib/win*' 'native/lib/osx*' 'native/lib/linux-aarch64/*' 'nlp/*'

echo "Making a Java runtime"
jlink --compress=0 --strip-java-debug-attributes --no-header-files --no-man-pages --output "$work/java/runtime" \
    --add-modules java.logging,java.management,java.naming,java.net.http,java.sql,java.xml,jdk.management,jdk.unsupported

echo "Compiling DJL's JNI library (some minutes)"
packages=$("$python" -c 'import torch, pathlib; print(pathlib.Path(torch.__file__).parent.parent)')
version=$("$python" -c 'import torch; print(torch.__version__.split("+")[0])')
cuda=$("$python" -c 'import torch; print(torch.version.cuda.split(".")[0])')
toolkit=$packages/nvidia/cu$cuda
jdk=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
engine=$djl/engines/pytorch
javac -nowarn -proc:none -cp "$work/java/jars/*" -sourcepath "$engine/pytorch-engine/src/main/java" -d "$work/classes" \
    -h "$work/include" "$engine/pytorch-engine/src/main/java/ai/djl/pytorch/jni/PyTorchLibrary.java"
includes=("$work/include" "$jdk/include" "$jdk/include/linux" "$djl/api/src/main/native" "$packages/torch/include"
    "$packages/torch/include/torch/csrc/api/include" "$toolkit/include" "$toolkit/include/cccl")
mkdir "$work/objects"
ls "$engine"/pytorch-native/src/main/native/*.cc | xargs -P "$(nproc)" -I{} sh -c \
    'source=$1; objects=$2; shift 2; g++ -std=c++17 -O2 -fPIC -w -DUSE_CUDA "$@" -c "$source" -o "$objects/$(basename "$source").o"' \
    compile {} "$work/objects" "${includes[@]/#/-I}"
g++ -shared -s -o "$work/java/libdjl_torch.so" "$work"/objects/*.o -L"$packages/torch/lib" -L"$toolkit/lib" \
    -Wl,--no-as-needed -ltorch -ltorch_cpu -ltorch_cuda -lc10 -lc10_cuda "-l:libcudart.so.$cuda" \
    -Wl,--unresolved-symbols=ignore-in-shared-libs
echo "$version" > "$work/java/torch-version"
"$python" -c 'import torch; print("cu" + torch.version.cuda.replace(".", ""))' > "$work/java/torch-flavor"

tar -C "$work" -cf - java | xz -T0 > "$folder/java.tar.xz"
cp "$here"/*.py "$here/java_on_gpu.sh" "$folder/"
java -cp "$work/java/jars/*" dev.rapid4j.samples.benchmarks.Benchmarks write-programs "$folder/programs"
du -sh "$folder"
