package dev.rapid4j;

/**
 * In what the weights of a model are kept. Activations are of the same type, float32 with {@link #INT8} on the CPU, and
 * bfloat16 with all others of less than 16 bits; what a KV cache holds is {@link CacheType}.
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
     * 8-bit integers with a scale for each row of a matrix: about a byte a weight, and nearly as good as
     * {@link #BFLOAT16}. On the CPU the fastest to decode with.
     */
    INT8,
    /**
     * 4-bit integers, each 32 of a row with a scale and a middle of their own: 5 bits a weight, for memory. What it
     * says is not what the model says, so it is for drafts, or for a model that would not fit otherwise. Blocks of
     * GGUF's Q4_0, Q4_1 and Q4_K stay what they are. The output layer has 8 bits. On CUDA from compute capability 8.0.
     */
    INT4,
    /**
     * 8-bit floats (e4m3) with a scale for each row of a matrix, on CUDA from compute capability 8.9: a byte a weight;
     * 4 significant bits where {@link #INT8} has 8 for the largest of a row. The output layer is as with INT8.
     */
    FP8
}
