package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.json.JsonFile;

/** The bounds that every {@code config.json} is held to. */
public final class ConfigurationChecks {

    // far beyond any published model, and small enough that no product of two of them overflows an int
    public static final int MAX_VOCABULARY = 16_000_000;
    public static final int MAX_WIDTH = 1 << 20;
    public static final int MAX_INTERMEDIATE = 1 << 24;
    public static final int MAX_LAYERS = 10_000;
    public static final int MAX_HEADS = 1 << 14;
    public static final int MAX_HEAD_DIMENSION = 1 << 14;
    public static final int MAX_CONTEXT = 1 << 30;

    /** Of one layer, and of all. */
    private static final int MAX_EXPERTS = 4096;

    private static final int MAX_ALL_EXPERTS = 200_000;

    /** Of all layers, where each has a norm of its own. */
    private static final int MAX_ALL_HEADS = 200_000;

    private ConfigurationChecks() {}

    /** Experts of a layer, by the name that transformers 4 gives their number, or 5. */
    static int experts(JsonFile config) {
        String name = config.has("num_local_experts") ? "num_local_experts" : "num_experts";
        int experts = config.positive(name, MAX_EXPERTS);
        if ((long) experts * config.positive("num_hidden_layers", MAX_LAYERS) > MAX_ALL_EXPERTS) {
            throw config.invalid(name, "supported are %,d experts in all layers together".formatted(MAX_ALL_EXPERTS));
        }
        return experts;
    }

    /** Refuses more heads in all layers than can have norms of their own, each of which is a weight by itself. */
    static void requireFewHeads(JsonFile config, int headsOfLayer) {
        if ((long) headsOfLayer * config.positive("num_hidden_layers", MAX_LAYERS) > MAX_ALL_HEADS) {
            throw config.invalid(
                    "num_attention_heads",
                    "supported are norms of %,d heads in all layers together".formatted(MAX_ALL_HEADS));
        }
    }
}
