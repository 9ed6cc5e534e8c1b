#!/usr/bin/env bash
# Compiles DJL's JNI library from DJL's sources for the PyTorch that a Python has, in some minutes. (The one that DJL
# publishes is for libtorch 2.7.1 alone.) For pack.sh; nothing of it may be committed.
#
#   samples/benchmarks/gpu/make_jni.sh FOLDER DJL PYTHON
#
# FOLDER  to be made; libdjl_torch.so, and which PyTorch it is for
# DJL     a checkout of github.com/deepjavalibrary/djl at the tag of the version that the root pom.xml names
# PYTHON  a Python with the PyTorch of the machine with the GPU, and nvidia-cuda-crt and nvidia-cuda-cccl of its CUDA version
set -euo pipefail
[ $# = 3 ] || { sed -n '2,9s/^# \?//p' "$0"; exit 2; }
folder=$(realpath -m "$1") djl=$(realpath "$2") python=$3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder" "$work/objects"

cd "$here/../../.."
./mvnw -q -o -B -pl rapid-chat-template,rapid-langchain4j,samples/lighthouse-model compile dependency:build-classpath \
    -DincludeScope=compile -Dmdep.outputFile=target/classpath
packages=$("$python" -c 'import torch, pathlib; print(pathlib.Path(torch.__file__).parent.parent)')
cuda=$("$python" -c 'import torch; print(torch.version.cuda.split(".")[0])')
toolkit=$packages/nvidia/cu$cuda
jdk=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
engine=$djl/engines/pytorch
javac -nowarn -proc:none -cp "$(cat rapid-langchain4j/target/classpath)" -sourcepath "$engine/pytorch-engine/src/main/java" -d "$work/classes" \
    -h "$work/include" "$engine/pytorch-engine/src/main/java/ai/djl/pytorch/jni/PyTorchLibrary.java"
includes=("$work/include" "$jdk/include" "$jdk/include/linux" "$djl/api/src/main/native" "$packages/torch/include"
    "$packages/torch/include/torch/csrc/api/include" "$toolkit/include" "$toolkit/include/cccl")
ls "$engine"/pytorch-native/src/main/native/*.cc | xargs -P "$(nproc)" -I{} sh -c \
    'source=$1; objects=$2; shift 2; g++ -std=c++17 -O2 -fPIC -w -DUSE_CUDA "$@" -c "$source" -o "$objects/$(basename "$source").o"' \
    compile {} "$work/objects" "${includes[@]/#/-I}"
g++ -shared -s -o "$folder/libdjl_torch.so" "$work"/objects/*.o -L"$packages/torch/lib" -L"$toolkit/lib" \
    -Wl,--no-as-needed -ltorch -ltorch_cpu -ltorch_cuda -lc10 -lc10_cuda "-l:libcudart.so.$cuda" \
    -Wl,--unresolved-symbols=ignore-in-shared-libs
"$python" -c 'import torch; print(torch.__version__.split("+")[0])' > "$folder/torch-version"
"$python" -c 'import torch; print("cu" + torch.version.cuda.replace(".", ""))' > "$folder/torch-flavor"
