package dev.rapid4j.internal.architecture;

/** What a text encoder is used for. */
public enum EncoderTask {
    /** Vectors of texts. */
    EMBEDDING,
    /** A score for a pair of texts. */
    SCORING
}
