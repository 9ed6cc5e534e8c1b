package dev.rapid4j.internal.weights;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The types of weights that can be computed with. The elements of most of GGUF's types are numbers of few bits, stored
 * in blocks that share scales; a row of a weight is a whole number of blocks.
 */
public enum WeightType {
    FLOAT32("F32", 1, 4),
    FLOAT16("F16", 1, 2),
    BFLOAT16("BF16", 1, 2),
    Q8_0("Q8_0", 32, 34),
    Q4_0("Q4_0", 32, 18),
    Q4_1("Q4_1", 32, 20),
    Q5_0("Q5_0", 32, 22),
    Q5_1("Q5_1", 32, 24),
    Q2_K("Q2_K", 256, 84),
    Q3_K("Q3_K", 256, 110),
    Q4_K("Q4_K", 256, 144),
    Q5_K("Q5_K", 256, 176),
    Q6_K("Q6_K", 256, 210),
    IQ4_NL("IQ4_NL", 32, 18),
    IQ4_XS("IQ4_XS", 256, 136),
    MXFP4("MXFP4", 32, 17),
    /** 8-bit floats (e4m3), of which a weight has scales beside it. */
    FLOAT8("F8_E4M3", 1, 1);

    private final String published;
    private final int blockElements;
    private final int blockBytes;

    WeightType(String published, int blockElements, int blockBytes) {
        this.published = published;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    /** The type that safetensors and GGUF call so. */
    public static Optional<WeightType> named(String published) {
        return Arrays.stream(values())
                .filter(type -> type.published.equals(published))
                .findFirst();
    }

    /** What safetensors and GGUF call them, for messages. */
    public static String names() {
        return Arrays.stream(values()).map(WeightType::published).collect(Collectors.joining(", "));
    }

    /** What safetensors and GGUF call it. */
    public String published() {
        return published;
    }

    /** Elements of a block; 1 where each stands by itself. */
    public int blockElements() {
        return blockElements;
    }

    /** Bytes of a block: of one element where each stands by itself. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Whether the elements share scales. */
    public boolean isQuantised() {
        return blockElements > 1 || this == FLOAT8;
    }

    /**
     * Bytes of a weight, or -1 where its rows are no whole blocks or the number does not fit into a long. Without
     * several rows it has no blocks.
     */
    public long bytes(List<Long> shape) {
        long elements = Tensor.elements(shape);
        long row = shape.size() < 2 ? 1 : shape.get(shape.size() - 1);
        long blocks = elements / blockElements;
        return elements < 0 || row % blockElements != 0 || blocks > Long.MAX_VALUE / blockBytes
                ? -1
                : blocks * blockBytes;
    }
}
