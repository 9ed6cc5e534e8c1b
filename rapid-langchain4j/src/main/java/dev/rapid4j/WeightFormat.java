package dev.rapid4j;

/**
 * In what the weights of a model are kept. Activations are of the same type, float32 with {@link #INT8}; what a KV
 * cache holds is {@link CacheType}.
 */
public enum WeightFormat {
    /**
     * {@link #BFLOAT16} on CUDA. On the CPU {@link #INT8} for a file whose weights are quantised, and {@link #FLOAT32}
     * for one of float32; for others {@link #BFLOAT16} where the processor is known to have instructions for it, else
     * {@link #FLOAT32}; but {@link #INT8} if these floats would not leave a quarter of the free memory. An embedding
     * model is {@link #FLOAT32} on the CPU.
     */
    AUTO,
    /** Exact; 4 bytes a weight. */
    FLOAT32,
    /** 2 bytes a weight. A bfloat16 checkpoint on the CPU is then used where it lies, memory-mapped. */
    BFLOAT16,
    /** 2 bytes a weight; some models trained in bfloat16 overflow its range. */
    FLOAT16,
    /**
     * 8-bit integers with a scale for each row of a matrix, on the CPU: about a byte a weight, the fastest to decode
     * with, and nearly as good as {@link #BFLOAT16}.
     */
    INT8
}
