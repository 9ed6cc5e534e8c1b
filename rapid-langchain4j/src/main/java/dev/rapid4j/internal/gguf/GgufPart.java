package dev.rapid4j.internal.gguf;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.weights.FileBytes;
import dev.rapid4j.internal.weights.Tensor;
import dev.rapid4j.internal.weights.WeightType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What one file of GGUF says: the letters {@code GGUF}, the version, how many tensors and how many keys there are, the
 * keys with their values, the tensors' names, shapes, types and places, and then, aligned, the weights. All numbers are
 * little-endian.
 *
 * @param tensors by name; offsets in bytes from the start of the file
 */
record GgufPart(Path file, Map<String, Value> metadata, Map<String, Tensor> tensors) {

    private static final int MAGIC = 'G' | 'G' << 8 | 'U' << 16 | 'F' << 24;
    private static final int FIRST_VERSION = 2;
    private static final int LAST_VERSION = 3;

    /** Bytes of the smallest: a name of one letter, the value's type and one byte; for a tensor, no dimensions. */
    private static final int MIN_KEY_BYTES = 14;

    private static final int MIN_TENSOR_BYTES = 25;
    private static final int MAX_KEYS = 100_000;
    private static final int MAX_TENSORS = 100_000;
    private static final int MAX_DIMENSIONS = 4;

    private static final String ALIGNMENT = "general.alignment";
    private static final int USUAL_ALIGNMENT = 32;
    private static final int MAX_ALIGNMENT = 1 << 20;

    /** A tensor as the file has it, where offsets count from the first weight. */
    private record Listed(String name, List<Long> shape, String type, long offset) {

        /** Bytes of the weights; 0 for a type that is not known. */
        long length() {
            return WeightType.named(type).map(known -> known.bytes(shape)).orElse(0L);
        }
    }

    static GgufPart read(Path file) {
        return FileBytes.open(file, channel -> read(file, new GgufInput(file, channel)));
    }

    private static GgufPart read(Path file, GgufInput input) throws IOException {
        checkVersion(file, input);
        int tensors = input.count("the number of tensors", MAX_TENSORS, MIN_TENSOR_BYTES);
        int keys = input.count("the number of keys", MAX_KEYS, MIN_KEY_BYTES);
        Map<String, Value> metadata = new LinkedHashMap<>();
        for (int i = 0; i < keys; i++) {
            String key = input.name();
            if (metadata.put(key, input.value(key)) != null) {
                throw input.damaged(key + " stands in it twice");
            }
        }
        Map<String, Listed> listed = new LinkedHashMap<>();
        for (int i = 0; i < tensors; i++) {
            Listed tensor = listed(input);
            if (listed.put(tensor.name(), tensor) != null) {
                throw input.damaged("tensor " + tensor.name() + " stands in it twice");
            }
        }
        return new GgufPart(file, metadata, locate(file, input, alignment(file, metadata), listed));
    }

    private static void checkVersion(Path file, GgufInput input) throws IOException {
        if (input.size() < 2 * Integer.BYTES || input.int32() != MAGIC) {
            throw new CheckpointException(file
                    + " does not begin as a GGUF file does; take the right file or, if it is that, download it again");
        }
        int version = input.int32();
        if (version != 0 && (version & 0xFFFF) == 0) {
            throw new CheckpointException(
                    file + " was written for big-endian machines; take the file for all others, or convert it");
        }
        if (version < FIRST_VERSION || version > LAST_VERSION) {
            throw new CheckpointException("%s is of version %s of GGUF; supported are %d and %d, take a newer file"
                    .formatted(file, Integer.toUnsignedString(version), FIRST_VERSION, LAST_VERSION));
        }
    }

    private static Listed listed(GgufInput input) throws IOException {
        String name = input.name();
        int dimensions = input.int32();
        if (dimensions < 0 || dimensions > MAX_DIMENSIONS) {
            throw input.damaged("tensor %s has %s dimensions".formatted(name, Integer.toUnsignedString(dimensions)));
        }
        List<Long> shape = new ArrayList<>();
        for (int i = 0; i < dimensions; i++) {
            // innermost first in the file
            shape.add(0, input.int64());
        }
        String type = GgufTypes.name(input.int32());
        Listed tensor = new Listed(name, shape, type, input.int64());
        if (shape.stream().anyMatch(dimension -> dimension < 1) || tensor.length() < 0) {
            throw input.damaged("tensor %s of type %s has the shape %s".formatted(name, type, shape));
        }
        return tensor;
    }

    private static int alignment(Path file, Map<String, Value> metadata) {
        Value given = metadata.get(ALIGNMENT);
        if (given == null) {
            return USUAL_ALIGNMENT;
        }
        long alignment = !given.list() && given.type().isInteger() ? given.integer(0) : 0;
        if (alignment < 1 || alignment > MAX_ALIGNMENT || Long.bitCount(alignment) != 1) {
            throw new CheckpointException("%s: %s is %s; a power of two up to %,d is needed, download it again"
                    .formatted(file, ALIGNMENT, given, MAX_ALIGNMENT));
        }
        return (int) alignment;
    }

    private static Map<String, Tensor> locate(Path file, GgufInput input, int alignment, Map<String, Listed> listed) {
        long start = (input.position() + alignment - 1) & -alignment;
        long available = Math.max(0, input.size() - start);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (Listed tensor : listed.values()) {
            long offset = tensor.offset();
            if (offset < 0 || offset % alignment != 0) {
                throw input.damaged("tensor %s should begin at byte %s of the weights, which are aligned to %d"
                        .formatted(tensor.name(), Long.toUnsignedString(offset), alignment));
            }
            if (offset > available || tensor.length() > available - offset) {
                throw input.damaged(
                        "tensor %s should take %,d bytes from byte %,d of the weights, of which there are %,d"
                                .formatted(tensor.name(), tensor.length(), offset, available));
            }
            tensors.put(
                    tensor.name(), new Tensor(file, tensor.type(), tensor.shape(), start + offset, tensor.length()));
        }
        checkDisjoint(input, tensors);
        return tensors;
    }

    private static void checkDisjoint(GgufInput input, Map<String, Tensor> tensors) {
        List<Map.Entry<String, Tensor>> inOrder = new ArrayList<>(tensors.entrySet());
        inOrder.sort(Map.Entry.comparingByValue(
                Comparator.comparingLong(Tensor::offset).thenComparingLong(Tensor::length)));
        for (int i = 1; i < inOrder.size(); i++) {
            Tensor before = inOrder.get(i - 1).getValue();
            if (before.offset() + before.length() > inOrder.get(i).getValue().offset()) {
                throw input.damaged("tensors %s and %s overlap"
                        .formatted(inOrder.get(i - 1).getKey(), inOrder.get(i).getKey()));
            }
        }
    }
}
