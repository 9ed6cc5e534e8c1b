package dev.rapid4j.internal.architecture;

import java.util.Map;
import java.util.Optional;

/** The function between the projections of a feed-forward block. */
public enum Activation {
    /** By the error function. */
    GELU,
    /** By the approximation with the hyperbolic tangent. */
    GELU_TANH,
    RELU,
    TANH,
    SILU,
    /** Of gpt-oss: gate and up are cut, and 1 is added to up. */
    CLAMPED_SWISH;

    private static final Map<String, Activation> BY_NAME = Map.of(
            "gelu", GELU,
            "gelu_python", GELU,
            "gelu_new", GELU_TANH,
            "gelu_fast", GELU_TANH,
            "gelu_pytorch_tanh", GELU_TANH,
            "relu", RELU,
            "silu", SILU,
            "swish", SILU);

    /** By its name in transformers. */
    static Optional<Activation> named(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }
}
