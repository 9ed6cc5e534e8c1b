package dev.rapid4j.internal.weights;

import dev.rapid4j.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Where a tensor of any element type lies; only some of them can be used as {@linkplain #entry() weights}.
 *
 * @param type as safetensors and GGUF name it: {@code F32}, {@code I64}, {@code Q4_K}, …
 * @param offset bytes from the start of the file
 * @param length bytes
 * @param transposed whether its last two dimensions are stored the other way round
 * @param scales of its blocks, where they do not lie with them
 */
public record Tensor(
        Path file,
        String type,
        List<Long> shape,
        long offset,
        long length,
        boolean transposed,
        Optional<WeightEntry.Scales> scales) {

    /** Compared at once. */
    private static final int COMPARED_BYTES = 1 << 20;

    /** Of 32 elements without their scale. */
    private static final int MXFP4_BYTES = 16;

    public Tensor {
        shape = List.copyOf(shape);
    }

    /** A tensor that lies as its shape says. */
    public Tensor(Path file, String type, List<Long> shape, long offset, long length) {
        this(file, type, shape, offset, length, false, Optional.empty());
    }

    public Optional<WeightEntry> entry() {
        return WeightType.named(type)
                .filter(known -> known != WeightType.FLOAT8 || scales.isPresent())
                .map(known ->
                        new WeightEntry(file, known, shape, offset, length, 0, transposed, scales, Optional.empty()));
    }

    /** The same of three dimensions, taken as one whose last two are stored the other way round. */
    public Tensor asTransposed() {
        List<Long> other = List.of(shape.get(0), shape.get(2), shape.get(1));
        return new Tensor(file, type, other, offset, length, true, scales);
    }

    /**
     * Blocks of MXFP4 as safetensors have them, and their scales beside them, as one tensor.
     *
     * @param blocks {@code [..., blocks of a row, 16]}, bytes
     * @param scales {@code [..., blocks of a row]}, bytes
     * @throws CheckpointException if they do not belong together
     */
    public static Tensor ofBlocks(Tensor blocks, Tensor scales) {
        int last = blocks.shape().size() - 1;
        long count = elements(scales.shape());
        boolean fit = blocks.type().equals("U8")
                && scales.type().equals("U8")
                && last > 0
                && blocks.shape().get(last) == MXFP4_BYTES
                && blocks.shape().subList(0, last).equals(scales.shape())
                && scales.length() == count
                && blocks.length() / MXFP4_BYTES == count
                && blocks.length() % MXFP4_BYTES == 0;
        if (!fit) {
            throw new CheckpointException(
                    "%s: blocks of MXFP4 of type %s and shape %s do not go with scales of type %s and shape %s; download the checkpoint again"
                            .formatted(blocks.file(), blocks.type(), blocks.shape(), scales.type(), scales.shape()));
        }
        List<Long> shape = new ArrayList<>(blocks.shape().subList(0, last - 1));
        shape.add(blocks.shape().get(last - 1) * WeightType.MXFP4.blockElements());
        return new Tensor(
                blocks.file(),
                WeightType.MXFP4.published(),
                shape,
                blocks.offset(),
                blocks.length(),
                false,
                Optional.of(new WeightEntry.Scales(scales.file(), scales.offset(), scales.length())));
    }

    /**
     * Numbers of 8 bits, and their scales beside them, as one tensor.
     *
     * @param scales one number, one for each row, or one for each block
     * @param block rows and columns of a block; empty where scales are no such
     * @return empty if they do not belong together
     */
    public static Optional<Tensor> ofFloats(Tensor floats, Tensor scales, List<Long> block) {
        Optional<WeightType> type = WeightType.named(scales.type()).filter(known -> !known.isQuantised());
        if (!floats.type().equals(WeightType.FLOAT8.published())
                || floats.shape().size() != 2
                || type.isEmpty()
                || elements(scales.shape()) < 1) {
            return Optional.empty();
        }
        return grid(type.get(), floats.shape(), scales.shape(), block)
                .map(grid -> new Tensor(
                        floats.file(),
                        floats.type(),
                        floats.shape(),
                        floats.offset(),
                        floats.length(),
                        false,
                        Optional.of(new WeightEntry.Scales(
                                scales.file(), scales.offset(), scales.length(), Optional.of(grid)))));
    }

    private static Optional<WeightEntry.Grid> grid(
            WeightType type, List<Long> shape, List<Long> scales, List<Long> block) {
        long rows = shape.get(0);
        long columns = shape.get(1);
        if (elements(scales) == 1) {
            return Optional.of(new WeightEntry.Grid(type, 1, 1, rows, columns));
        }
        if (elements(scales) == rows && scales.get(0) == rows) {
            return Optional.of(new WeightEntry.Grid(type, rows, 1, 1, columns));
        }
        if (scales.size() != 2 || block.size() != 2) {
            return Optional.empty();
        }
        WeightEntry.Grid grid = new WeightEntry.Grid(type, scales.get(0), scales.get(1), block.get(0), block.get(1));
        boolean fit = grid.rows() == (rows + grid.blockRows() - 1) / grid.blockRows()
                && grid.columns() == (columns + grid.blockColumns() - 1) / grid.blockColumns();
        return Optional.of(grid).filter(any -> fit);
    }

    /**
     * Its outermost dimension, and the rows of that, cut into equal parts of two dimensions, in order.
     *
     * @param count of the parts; what {@code shape} has of rows in its first two dimensions is a multiple of it
     */
    public List<Tensor> parts(int count) {
        long rows = shape.get(0) * shape.get(1) / count;
        List<Long> part = List.of(rows, shape.get(2));
        long bytes = length / count;
        return IntStream.range(0, count)
                .mapToObj(i -> new Tensor(
                        file,
                        type,
                        part,
                        offset + i * bytes,
                        bytes,
                        transposed,
                        scales.map(all -> new WeightEntry.Scales(
                                all.file(), all.offset() + i * (all.length() / count), all.length() / count))))
                .toList();
    }

    /** Whether another tensor has the same type, shape and bytes. Reads both up to the first difference. */
    public boolean hasSameElementsAs(Tensor other) {
        if (!type.equals(other.type) || !shape.equals(other.shape) || length != other.length) {
            return false;
        }
        boolean same = file.equals(other.file) && offset == other.offset;
        return same
                || FileBytes.open(
                        file, first -> FileBytes.open(other.file, second -> hasSameElementsAs(other, first, second)));
    }

    private boolean hasSameElementsAs(Tensor other, FileChannel first, FileChannel second) throws IOException {
        for (long done = 0; done < length; done += COMPARED_BYTES) {
            int piece = (int) Math.min(COMPARED_BYTES, length - done);
            ByteBuffer these = FileBytes.read(first, offset + done, piece);
            if (!these.equals(FileBytes.read(second, other.offset + done, piece))) {
                return false;
            }
        }
        return true;
    }

    long end() {
        return offset + length;
    }

    /** Elements of a shape, or -1 where they do not fit into a long. */
    static long elements(List<Long> shape) {
        try {
            return shape.stream().reduce(1L, Math::multiplyExact);
        } catch (ArithmeticException e) {
            return -1;
        }
    }
}
