#!/usr/bin/env bash
# Packs what is carried to a machine with a GPU, Python with PyTorch, and neither Java nor network: the scripts of this
# folder and the programs, and with --jni also Java: a small runtime, the library, its tests. The bundled model and what
# the tests read stay in the checkout, which has to be there, too.
#
#   samples/benchmarks/gpu/pack.sh [--jni FOLDER] [INTO]
#
# --jni FOLDER  as make_jni.sh has made it, for the PyTorch of that machine
# INTO          (default: target/gpu, which git ignores); with Java some 23 MB
set -euo pipefail
jni=
if [ "${1:-}" = --jni ]; then
    jni=$(realpath "$2")
    shift 2
fi
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
into=$(realpath -m "${1:-$root/target/gpu}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf "$into"
mkdir -p "$into" "$work/java/jars" "$work/java/tests"
cd "$root"
modules=rapid-chat-template,rapid-langchain4j,samples/lighthouse-model,samples/quickstart,samples/benchmarks

echo "Building"
./mvnw -q -o -B -ntp -Pbenchmarks -Dexec.skip=true -pl "$modules" -am test-compile \
    dependency:build-classpath -DincludeScope=test -Dmdep.outputFile=target/classpath
tr : '\n' < samples/benchmarks/target/classpath | grep '\.jar$' | grep -v /dev/rapid4j/ > "$work/classpath"
tests='junit|assertj|opentest4j|apiguardian'
# not the CPU's libtorch, not bge-small, and what JMH alone needs
grep -v -E "$tests|byte-buddy|onnxruntime|pytorch-native|pytorch-jni|bge-small|langchain4j-embeddings|opennlp|math3" "$work/classpath" \
    | xargs cp -t "$work/java/jars"
for module in ${modules//,/ }; do
    jar --create --file "$work/java/jars/$(basename "$module").jar" -C "$module/target/classes" .
done
cp "$here"/*.py "$here"/check.sh "$here"/java_on_gpu.sh "$into/"
java -cp "$work/java/jars/*" dev.rapid4j.samples.benchmarks.Benchmarks write-programs "$into/programs"

if [ -n "$jni" ]; then
    echo "Packing Java"
    zip -q -d "$work"/java/jars/lighthouse-model.jar '*.safetensors' '*.bin' '*.pt' '*.json'
    zip -q -d "$work"/java/jars/tokenizers-*.jar 'native/lib/win*' 'native/lib/osx*' 'native/lib/linux-aarch64/*' 'nlp/*'
    zip -q -d "$work"/java/jars/jna-*.jar '*/libjnidispatch.a' '*.dll' '*.jnilib' 'com/sun/jna/[!l]*/libjnidispatch.so'
    cp "$jni"/{libdjl_torch.so,torch-version,torch-flavor} "$work/java/"
    jlink --compress=0 --strip-java-debug-attributes --no-header-files --no-man-pages --output "$work/java/runtime" \
        --add-modules java.logging,java.management,java.naming,java.net.http,java.sql,java.xml,jdk.management,jdk.unsupported

    # the tests of models and decoding, on the device that a property names
    grep -E "$tests" "$work/classpath" | xargs cp -t "$work/java/tests"
    platform=$(basename "$work"/java/tests/junit-platform-engine-*.jar | sed 's/.*engine-\(.*\)\.jar/\1/')
    cp "$HOME/.m2/repository/org/junit/platform/junit-platform-launcher/$platform/"*.jar "$work/java/tests/"
    mkdir -p "$work/sources" "$work/classes"
    cp -r rapid-langchain4j/target/test-classes/dev "$work/classes/"
    for package in model decoding; do
        cp rapid-langchain4j/src/test/java/dev/rapid4j/internal/$package/*.java "$work/sources/"
    done
    sed -i 's/Device\.CPU\b/Device.of(System.getProperty("test.device", "cpu"))/g' "$work"/sources/*.java
    javac -nowarn -proc:none -parameters -d "$work/classes" \
        -cp "$work/classes:$work/java/jars/*:$work/java/tests/*" "$work"/sources/*.java "$here/RunTests.java"
    jar --create --file "$work/java/tests/tests.jar" -C "$work/classes" .
    # stored, so that all is compressed at once
    for jar in "$work"/java/*/*.jar; do
        mkdir "$work/content" && (cd "$work/content" && unzip -q -o "$jar" && rm "$jar" && zip -q -0 -r "$jar" .)
        rm -r "$work/content"
    done
    tar -C "$work" -cf - java | xz > "$into/java.tar.xz"
fi
du -sh "$into"
