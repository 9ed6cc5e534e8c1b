package dev.rapid4j.checkpoint;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where a tensor of any element type lies; only some of them can be used as {@linkplain #entry() weights}.
 *
 * @param type as safetensors names it: {@code F32}, {@code I64}, …
 * @param offset bytes from the start of the file
 * @param length bytes
 */
record Tensor(Path file, String type, List<Long> shape, long offset, long length) {

    Tensor {
        shape = List.copyOf(shape);
    }

    Optional<WeightEntry> entry() {
        return WeightType.ofSafetensors(type).map(known -> new WeightEntry(file, known, shape, offset, length));
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
