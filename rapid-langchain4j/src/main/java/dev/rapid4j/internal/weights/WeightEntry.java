package dev.rapid4j.internal.weights;

import dev.rapid4j.CheckpointException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where one weight lies.
 *
 * @param file a safetensors file, an archive of torch with uncompressed entries, or a GGUF file
 * @param type its elements' type
 * @param shape its dimensions, outermost first; empty for a scalar
 * @param offset bytes from the start of the file; not necessarily a multiple of the element's size
 * @param length bytes; those of the type's blocks
 * @param interleavedRows rows of a head whose two halves lie interleaved, as llama.cpp has the query and key rows of
 *     Llama: row {@code i} of the first half at {@code 2 i}, row {@code i} of the second at {@code 2 i + 1}; 0 where
 *     all rows are in order
 * @param transposed whether it is stored column by column
 * @param scales of the blocks of {@link WeightType#MXFP4}, a byte each, where they do not lie with them; then a block
 *     is stored pair by pair of neighbours, as in safetensors
 */
public record WeightEntry(
        Path file,
        WeightType type,
        List<Long> shape,
        long offset,
        long length,
        int interleavedRows,
        boolean transposed,
        Optional<Scales> scales) {

    /** Where scales lie. */
    public record Scales(Path file, long offset, long length) {}

    /** A weight that lies as its shape says. */
    public WeightEntry(Path file, WeightType type, List<Long> shape, long offset, long length, int interleavedRows) {
        this(file, type, shape, offset, length, interleavedRows, false, Optional.empty());
    }

    public WeightEntry {
        shape = List.copyOf(shape);
    }

    /**
     * The weight of a name.
     *
     * @param location where the tensors lie, for messages
     * @throws CheckpointException if it is missing, of another shape, or of a type that is not supported
     */
    public static WeightEntry among(Map<String, Tensor> tensors, String name, List<Long> shape, Path location) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new CheckpointException(
                    "%s: tensor %s of shape %s is missing, which the network needs that is described; download the checkpoint again"
                            .formatted(location, name, shape));
        }
        if (!tensor.shape().equals(shape)) {
            throw new CheckpointException(
                    "%s: tensor %s has the shape %s, where the configuration makes it %s; the files do not belong together"
                            .formatted(tensor.file(), name, tensor.shape(), shape));
        }
        return tensor.entry()
                .orElseThrow(() -> new CheckpointException(
                        "%s: tensor %s has the type %s; supported are %s, so take the original, or a GGUF file of such types (Q4_K_M, Q8_0)"
                                .formatted(tensor.file(), name, tensor.type(), WeightType.names())));
    }

    /** How many elements it has. */
    public long elements() {
        return Tensor.elements(shape);
    }

    /**
     * The same weight, taken as one whose heads' halves lie interleaved.
     *
     * @param headRows rows of a head, even; the number of rows is a multiple of it
     * @throws IllegalArgumentException if the rows are no such heads
     */
    public WeightEntry withInterleavedRows(int headRows) {
        if (headRows < 2 || headRows % 2 != 0 || shape.isEmpty() || shape.get(0) % headRows != 0) {
            throw new IllegalArgumentException("%s has no heads of %d rows".formatted(shape, headRows));
        }
        return new WeightEntry(file, type, shape, offset, length, headRows, transposed, scales);
    }

    /**
     * Some of its rows, one behind the other.
     *
     * @throws IllegalArgumentException if it has no such rows, or they are not in order
     */
    public WeightEntry rows(long first, long count) {
        if (shape.isEmpty() || first < 0 || count < 1 || first + count > shape.get(0) || interleavedRows != 0) {
            throw new IllegalArgumentException("%s has no %d rows from %d on".formatted(shape, count, first));
        }
        long row = length / shape.get(0);
        List<Long> part = new ArrayList<>(shape);
        part.set(0, count);
        return new WeightEntry(file, type, part, offset + first * row, count * row, 0);
    }

    /** One of its rows, as a weight with a dimension less. */
    public WeightEntry row(long index) {
        WeightEntry row = rows(index, 1);
        return new WeightEntry(file, type, shape.subList(1, shape.size()), row.offset, row.length, 0);
    }
}
