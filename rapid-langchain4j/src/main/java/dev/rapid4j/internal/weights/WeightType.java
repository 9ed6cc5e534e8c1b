package dev.rapid4j.internal.weights;

import java.util.Optional;

/** The element types of weights that can be computed with. */
public enum WeightType {
    FLOAT32("F32", 4),
    FLOAT16("F16", 2),
    BFLOAT16("BF16", 2);

    private final String safetensorsName;
    private final int bytes;

    WeightType(String safetensorsName, int bytes) {
        this.safetensorsName = safetensorsName;
        this.bytes = bytes;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    static Optional<WeightType> ofSafetensors(String name) {
        for (WeightType type : values()) {
            if (type.safetensorsName.equals(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
