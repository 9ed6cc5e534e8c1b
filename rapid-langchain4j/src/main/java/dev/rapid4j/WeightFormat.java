package dev.rapid4j;

/** In what weights, activations and KV caches are kept. */
public enum WeightFormat {
    /** {@link #FLOAT32} on the CPU, {@link #BFLOAT16} on CUDA. */
    AUTO,
    /** Exact, and on CPUs without bfloat16 instructions the fastest; 4 bytes a weight. */
    FLOAT32,
    /** 2 bytes a weight. A bfloat16 checkpoint on the CPU is then used where it lies, memory-mapped. */
    BFLOAT16,
    /** 2 bytes a weight; some models trained in bfloat16 overflow its range. */
    FLOAT16,
    /**
     * 8-bit integers with a scale for each row of a matrix, on the CPU: about a byte a weight, the fastest, and about
     * as good as {@link #BFLOAT16}.
     */
    INT8
}
