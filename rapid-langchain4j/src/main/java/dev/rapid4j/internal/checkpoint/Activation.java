package dev.rapid4j.internal.checkpoint;

/** The function between the two projections of a feed-forward block. */
public enum Activation {
    /** By the error function. */
    GELU,
    /** By the approximation with the hyperbolic tangent. */
    GELU_TANH,
    RELU,
    TANH,
    SILU
}
