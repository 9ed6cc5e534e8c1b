package dev.rapid4j.internal.checkpoint;

/** The bounds that every {@code config.json} is held to. */
final class ConfigurationChecks {

    // far beyond any published model, and small enough that no product of two of them overflows an int
    static final int MAX_VOCABULARY = 16_000_000;
    static final int MAX_WIDTH = 1 << 20;
    static final int MAX_INTERMEDIATE = 1 << 24;
    static final int MAX_LAYERS = 10_000;
    static final int MAX_HEADS = 1 << 14;
    static final int MAX_CONTEXT = 1 << 30;

    private ConfigurationChecks() {}
}
