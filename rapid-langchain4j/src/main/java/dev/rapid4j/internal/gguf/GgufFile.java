package dev.rapid4j.internal.gguf;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.weights.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.RandomAccess;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * What a GGUF file of version 2 or 3, or all files of one that was split, say about a model, and where its weights lie.
 * The weights themselves are not read, and whoever made the file is not trusted.
 *
 * <p>The accessors throw a {@link CheckpointException} with file, key and value where a value is of another type, or a
 * text is not UTF-8.
 */
public final class GgufFile {

    private static final String PARTS = "split.count";
    private static final String PART_NUMBER = "split.no";
    private static final String ALL_TENSORS = "split.tensors.count";

    private final Path file;
    private final Map<String, Value> metadata;
    private final Map<String, Tensor> tensors;

    private GgufFile(GgufPart part) {
        file = part.file();
        metadata = part.metadata();
        tensors = new LinkedHashMap<>(part.tensors());
    }

    /**
     * Reads a file without its weights.
     *
     * @param file any part of one that was split, of which all must lie in one folder
     * @throws CheckpointException if it, or a part of it, is missing, damaged, or of a kind that is not supported
     */
    public static GgufFile read(Path file) {
        GgufPart read = GgufPart.read(file);
        GgufFile given = new GgufFile(read);
        long parts = given.integer(PARTS).orElse(1);
        if (parts <= 1) {
            return given;
        }
        PartName name = PartName.of(file.getFileName().toString())
                .filter(known -> known.parts() == parts)
                .orElseThrow(() -> new CheckpointException(
                        "%s is one of %,d parts of a model; they must lie in one folder and keep the names they were published by, which end with -00001-of-%05d.gguf and so on"
                                .formatted(file, parts, parts)));
        Path firstFile = file.resolveSibling(name.file(1));
        GgufPart first = firstFile.equals(file) ? read : GgufPart.read(existing(firstFile, file));
        GgufFile joined = new GgufFile(first);
        joined.checkPart(first, 1, parts);
        for (int number = 2; number <= parts; number++) {
            Path other = file.resolveSibling(name.file(number));
            joined.add(other.equals(file) ? read : GgufPart.read(existing(other, file)), number, parts);
        }
        long expected = joined.integer(ALL_TENSORS).orElse(joined.tensors.size());
        if (joined.tensors.size() != expected) {
            throw new CheckpointException(
                    "%s and its other parts hold %,d tensors, where %s says %,d; download them again"
                            .formatted(firstFile, joined.tensors.size(), ALL_TENSORS, expected));
        }
        return joined;
    }

    private static Path existing(Path part, Path given) {
        if (!Files.isRegularFile(part)) {
            throw new CheckpointException("%s is missing, which belongs to %s; download all parts into one folder"
                    .formatted(part, given.getFileName()));
        }
        return part;
    }

    private void add(GgufPart part, int number, long parts) {
        checkPart(part, number, parts);
        part.tensors().forEach((name, tensor) -> {
            Tensor other = tensors.putIfAbsent(name, tensor);
            if (other != null) {
                throw new CheckpointException("tensor %s stands in %s and in %s; download them again"
                        .formatted(name, other.file(), tensor.file()));
            }
        });
    }

    private void checkPart(GgufPart part, int number, long parts) {
        GgufFile alone = new GgufFile(part);
        // counted from 0
        if (alone.integer(PARTS).orElse(1) != parts
                || alone.integer(PART_NUMBER).orElse(-1) != number - 1) {
            throw new CheckpointException("%s does not say that it is part %d of %d; download it again"
                    .formatted(part.file(), number, parts));
        }
    }

    /** The file; the first of one that was split. */
    public Path file() {
        return file;
    }

    /**
     * All tensors by the names that llama.cpp gives them, whatever their type; shapes are outermost first, as they are
     * everywhere but in GGUF.
     */
    public Map<String, Tensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    public boolean has(String key) {
        return metadata.containsKey(key);
    }

    public Optional<String> text(String key) {
        return one(key, Value::isText, "a text is needed")
                .map(value -> texts(key, value))
                .map(texts -> texts.get(0));
    }

    /** An integer of any size and sign. */
    public OptionalLong integer(String key) {
        return one(key, value -> value.type().isInteger(), "a whole number is needed")
                .map(value -> OptionalLong.of(integer(key, value, 0)))
                .orElse(OptionalLong.empty());
    }

    /** A number; one that was written as an integer as well. It may be infinite or none. */
    public OptionalDouble number(String key) {
        return one(key, Value::isNumber, "a number is needed")
                .map(value -> OptionalDouble.of(value.number(0)))
                .orElse(OptionalDouble.empty());
    }

    public Optional<Boolean> flag(String key) {
        return one(key, value -> value.type() == ValueType.BOOL && value.integer(0) <= 1, "true or false is needed")
                .map(value -> value.integer(0) == 1);
    }

    /** A list of truth values; empty where there is none, or something else. */
    public List<Boolean> flags(String key) {
        Value value = metadata.get(key);
        return value != null && value.list() && value.type() == ValueType.BOOL
                ? IntStream.range(0, value.count())
                        .mapToObj(i -> value.integer(i) != 0)
                        .toList()
                : List.of();
    }

    /** A list of texts, made of the file's bytes whenever they are asked for; empty where there is none. */
    public List<String> texts(String key) {
        return list(key, Value::isText, "a list of texts is needed")
                .map(value -> texts(key, value))
                .orElse(List.of());
    }

    /** A list of whole numbers of at most 32 bits, or one such number; empty where there is none. */
    public int[] integers(String key) {
        Optional<Value> found = any(key, value -> value.type().isInteger(), "whole numbers are needed");
        if (found.isEmpty()) {
            return new int[0];
        }
        Value value = found.get();
        int[] integers = new int[value.count()];
        for (int i = 0; i < integers.length; i++) {
            long integer = integer(key, value, i);
            if (integer != (int) integer) {
                throw invalid(key, "whole numbers of at most 32 bits are needed");
            }
            integers[i] = (int) integer;
        }
        return integers;
    }

    /** A list of numbers, or one number; empty where there is none. They may be infinite or none. */
    public float[] numbers(String key) {
        Optional<Value> found = any(key, Value::isNumber, "numbers are needed");
        if (found.isEmpty()) {
            return new float[0];
        }
        Value value = found.get();
        float[] numbers = new float[value.count()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) value.number(i);
        }
        return numbers;
    }

    /** What to throw if a value is not as it should be; the message names the file, the key and the value. */
    public CheckpointException invalid(String key, String need) {
        Value value = metadata.get(key);
        return new CheckpointException(
                "%s: %s is %s; %s".formatted(file, key, value == null ? "missing" : value, need));
    }

    private Optional<Value> one(String key, Predicate<Value> expected, String need) {
        return any(key, value -> !value.list() && expected.test(value), need);
    }

    private Optional<Value> list(String key, Predicate<Value> expected, String need) {
        return any(key, value -> value.list() && expected.test(value), need);
    }

    private Optional<Value> any(String key, Predicate<Value> expected, String need) {
        Value value = metadata.get(key);
        if (value != null && !expected.test(value)) {
            throw invalid(key, need);
        }
        return Optional.ofNullable(value);
    }

    private long integer(String key, Value value, int index) {
        long integer = value.integer(index);
        if (integer < 0 && value.type() == ValueType.UINT64) {
            throw invalid(key, "whole numbers below 2 to the 63 are needed");
        }
        return integer;
    }

    private List<String> texts(String key, Value value) {
        for (int i = 0; i < value.count(); i++) {
            if (!value.isUnicode(i)) {
                throw invalid(key, "text %d of it is not UTF-8, download it again".formatted(i));
            }
        }
        return new Texts(value);
    }

    private static final class Texts extends AbstractList<String> implements RandomAccess {

        private final Value texts;

        Texts(Value texts) {
            this.texts = texts;
        }

        @Override
        public String get(int index) {
            return texts.text(Objects.checkIndex(index, texts.count()));
        }

        @Override
        public int size() {
            return texts.count();
        }
    }
}
