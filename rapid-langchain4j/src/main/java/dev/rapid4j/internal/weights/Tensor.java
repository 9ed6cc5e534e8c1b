package dev.rapid4j.internal.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Where a tensor of any element type lies; only some of them can be used as {@linkplain #entry() weights}.
 *
 * @param type as safetensors and GGUF name it: {@code F32}, {@code I64}, {@code Q4_K}, …
 * @param offset bytes from the start of the file
 * @param length bytes
 */
public record Tensor(Path file, String type, List<Long> shape, long offset, long length) {

    /** Compared at once. */
    private static final int COMPARED_BYTES = 1 << 20;

    public Tensor {
        shape = List.copyOf(shape);
    }

    public Optional<WeightEntry> entry() {
        return WeightType.named(type).map(known -> new WeightEntry(file, known, shape, offset, length, 0));
    }

    /**
     * Its outermost dimension, and the rows of that, cut into equal parts of two dimensions, in order.
     *
     * @param count of the parts; what {@code shape} has of rows in its first two dimensions is a multiple of it
     */
    public List<Tensor> parts(int count) {
        long rows = shape.get(0) * shape.get(1) / count;
        List<Long> part = List.of(rows, shape.get(2));
        // of a type that is not known it is not told, and nobody reads it
        long bytes = WeightType.named(type).map(known -> known.bytes(part)).orElse(0L);
        return IntStream.range(0, count)
                .mapToObj(i -> new Tensor(file, type, part, offset + i * bytes, bytes))
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
