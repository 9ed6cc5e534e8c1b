#!/usr/bin/env bash
# Packs what is carried to a machine with a GPU, Python with PyTorch, and neither Java nor network: the scripts of this
# folder, the programs and the bundled model, and with --jni also Java: a small runtime, the library, its tests.
#
#   samples/benchmarks/gpu/pack.sh [--jni FOLDER] [INTO]
#
# --jni FOLDER  as make_jni.sh has made it, for the PyTorch of that machine
# INTO          (default: target/gpu, which git ignores); some 7 MB, with Java 40
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
./mvnw -q -o -B -ntp -Pbenchmarks -Dexec.skip=true -pl "$modules" -am test-compile
classpath() { # of a module, one a line, without this project's own
    ./mvnw -q -o -B -ntp -Pbenchmarks -pl "$1" dependency:build-classpath -DincludeScope="$2" -Dmdep.outputFile="$work/classpath"
    tr : '\n' < "$work/classpath" | grep -v /dev/rapid4j/
}
# what is not needed without the CPU's libtorch and the sample of bge-small
classpath samples/benchmarks runtime | grep -v -E 'onnxruntime|pytorch-native|pytorch-jni|bge-small|langchain4j-embeddings|opennlp' \
    | xargs cp -t "$work/java/jars"
for module in ${modules//,/ }; do
    jar --create --file "$work/java/jars/$(basename "$module").jar" -C "$module/target/classes" .
done
cp "$here"/*.py "$here"/check.sh "$here"/java_on_gpu.sh "$into/"
java -cp "$work/java/jars/*" dev.rapid4j.samples.benchmarks.Benchmarks write-programs "$into/programs"

if [ -n "$jni" ]; then
    echo "Packing Java"
    zip -q -d "$work"/java/jars/tokenizers-*.jar 'native/lib/win*' 'native/lib/osx*' 'native/lib/linux-aarch64/*' 'nlp/*'
    cp "$jni"/{libdjl_torch.so,torch-version,torch-flavor} "$work/java/"
    jlink --compress=0 --strip-java-debug-attributes --no-header-files --no-man-pages --output "$work/java/runtime" \
        --add-modules java.logging,java.management,java.naming,java.net.http,java.sql,java.xml,jdk.management,jdk.unsupported

    # the tests of models and decoding, on the device that a property names
    classpath rapid-langchain4j test | grep -E 'junit|assertj|opentest4j|apiguardian|byte-buddy' | xargs cp -t "$work/java/tests"
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
    tar -C "$work" -cf - java | xz -T0 > "$into/java.tar.xz"
fi
du -sh "$into"
