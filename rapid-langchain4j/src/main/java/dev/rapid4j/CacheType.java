package dev.rapid4j;

/** In what the keys and values of the tokens that a model has read are kept. */
public enum CacheType {
    /** As the model computes: float32 with {@link WeightFormat#FLOAT32} on the CPU, else as the weights. */
    AUTO,
    /** 4 bytes a number. */
    FLOAT32,
    /** Half the memory of float32, and less to read for each token; keys and values keep 8 bits of their 24. */
    BFLOAT16,
    /** As small, with 11 bits, but nothing beyond 65,504: for models that were trained in it. */
    FLOAT16
}
