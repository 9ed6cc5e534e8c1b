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
 * @param runs of its rows, where others lie between them; {@code offset} is that of the first, {@code length} without
 *     the others
 */
public record WeightEntry(
        Path file,
        WeightType type,
        List<Long> shape,
        long offset,
        long length,
        int interleavedRows,
        boolean transposed,
        Optional<Scales> scales,
        Optional<Runs> runs) {

    /**
     * Where scales lie.
     *
     * @param grid of {@link WeightType#FLOAT8}
     */
    public record Scales(Path file, long offset, long length, Optional<Grid> grid) {

        /** A byte for each block. */
        public Scales(Path file, long offset, long length) {
            this(file, offset, length, Optional.empty());
        }

        /** Those of some rows; empty where these have scales in common with others. */
        Optional<Scales> rows(long first, long count) {
            if (grid.isEmpty() || grid.get().rows() == 1) {
                return grid.map(all -> this);
            }
            Grid all = grid.get();
            if (first % all.blockRows() != 0) {
                return Optional.empty();
            }
            long rows = (count + all.blockRows() - 1) / all.blockRows();
            long bytes = length / all.rows();
            return Optional.of(new Scales(
                    file,
                    offset + first / all.blockRows() * bytes,
                    rows * bytes,
                    Optional.of(new Grid(all.type(), rows, all.columns(), all.blockRows(), all.blockColumns()))));
        }
    }

    /**
     * One number for each block of some rows and columns; the last ones may be smaller.
     *
     * @param type of the scales, whose elements stand by themselves
     * @param rows of scales
     * @param blockRows of the weight that have one in common
     */
    public record Grid(WeightType type, long rows, long columns, long blockRows, long blockColumns) {}

    /**
     * Rows of several weights in turns: so many of one, and so many from one's beginning to its next.
     *
     * @param length at least 1
     * @param stride more than that
     */
    public record Runs(long length, long stride) {}

    /** A weight that lies as its shape says. */
    public WeightEntry(Path file, WeightType type, List<Long> shape, long offset, long length, int interleavedRows) {
        this(file, type, shape, offset, length, interleavedRows, false, Optional.empty(), Optional.empty());
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

    /** Whether its rows lie one behind the other, as they are numbered. */
    public boolean inOrder() {
        return interleavedRows == 0 && runs.isEmpty();
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
        return new WeightEntry(file, type, shape, offset, length, headRows, transposed, scales, runs);
    }

    /**
     * Some of its rows, one behind the other.
     *
     * @throws IllegalArgumentException if it has no such rows, or they are not in order
     */
    public WeightEntry rows(long first, long count) {
        if (shape.isEmpty() || first < 0 || count < 1 || first + count > shape.get(0) || !inOrder()) {
            throw new IllegalArgumentException("%s has no %d rows from %d on".formatted(shape, count, first));
        }
        long row = length / shape.get(0);
        List<Long> part = new ArrayList<>(shape);
        part.set(0, count);
        Optional<Scales> own = scales.flatMap(all -> all.rows(first, count));
        if (scales.isPresent() && own.isEmpty()) {
            throw new CheckpointException(
                    "%s: the %d rows from %d on of a weight of shape %s have scales in common with others; take the original"
                            .formatted(file, count, first, shape));
        }
        return new WeightEntry(file, type, part, offset + first * row, count * row, 0, false, own, Optional.empty());
    }

    /**
     * Of each group of its rows some, one behind the other.
     *
     * @param first of a group's
     * @param group rows of a group, of which the number of all is a multiple
     * @throws IllegalArgumentException if it has no such rows, or they are not in order
     */
    public WeightEntry rowsOfGroups(long first, long count, long group) {
        if (group < 1 || first + count > group || shape.isEmpty() || shape.get(0) % group != 0 || transposed) {
            throw new IllegalArgumentException(
                    "%s has no %d rows from %d on in groups of %d".formatted(shape, count, first, group));
        }
        WeightEntry some = rows(first, count);
        long groups = shape.get(0) / group;
        List<Long> all = new ArrayList<>(shape);
        all.set(0, groups * count);
        Optional<Runs> between = groups == 1 ? Optional.empty() : Optional.of(new Runs(count, group));
        return new WeightEntry(file, type, all, some.offset, groups * some.length, 0, false, Optional.empty(), between);
    }

    /** One of its rows, as a weight with a dimension less. */
    public WeightEntry row(long index) {
        WeightEntry row = rows(index, 1);
        return new WeightEntry(file, type, shape.subList(1, shape.size()), row.offset, row.length, 0);
    }
}
