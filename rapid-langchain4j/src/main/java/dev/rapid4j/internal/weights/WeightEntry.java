package dev.rapid4j.internal.weights;

import java.nio.file.Path;
import java.util.List;

/**
 * Where one weight lies.
 *
 * @param file a safetensors file, or an archive of torch with uncompressed entries
 * @param type its elements' type
 * @param shape its dimensions, outermost first; empty for a scalar
 * @param offset bytes from the start of the file; not necessarily a multiple of the element's size
 * @param length bytes; the product of the shape times the element's size
 */
public record WeightEntry(Path file, WeightType type, List<Long> shape, long offset, long length) {

    public WeightEntry {
        shape = List.copyOf(shape);
    }
}
