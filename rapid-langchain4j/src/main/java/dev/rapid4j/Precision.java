package dev.rapid4j;

import dev.rapid4j.internal.weights.WeightType;

/** The type in which weights, activations and KV caches are kept. */
public enum Precision {
    /** {@link #FLOAT32} on the CPU, {@link #BFLOAT16} on CUDA. */
    AUTO,
    /** Exact, and on CPUs without bfloat16 instructions the fastest; 4 bytes a weight. */
    FLOAT32,
    /** 2 bytes a weight. A bfloat16 checkpoint on the CPU is then used where it lies, memory-mapped. */
    BFLOAT16,
    /** 2 bytes a weight; some models trained in bfloat16 overflow its range. */
    FLOAT16;

    public WeightType on(String device) {
        return switch (this) {
            case AUTO -> device.equals("cpu") ? WeightType.FLOAT32 : WeightType.BFLOAT16;
            case FLOAT32 -> WeightType.FLOAT32;
            case BFLOAT16 -> WeightType.BFLOAT16;
            case FLOAT16 -> WeightType.FLOAT16;
        };
    }
}
