package dev.rapid4j.internal.decoding;

/** How likely the next drafted token stands, if those before it do; from what was drafted last. */
final class AcceptanceEstimate {

    /** So many tokens is what is known beforehand worth. */
    private static final double PRIOR_TOKENS = 4;

    private final double prior;
    private final double memory;
    private double stood;
    private double tried;

    /**
     * @param prior what is likely before anything was drafted, 0 to 1
     * @param tokens of so many the outcome is remembered
     */
    AcceptanceEstimate(double prior, double tokens) {
        this.prior = prior;
        this.memory = 1 - 1 / tokens;
    }

    /** A drafted token was verified, and those before it stand. */
    void observed(boolean stands) {
        stood = stood * memory + (stands ? 1 : 0);
        tried = tried * memory + 1;
    }

    double chance() {
        return (stood + PRIOR_TOKENS * prior) / (tried + PRIOR_TOKENS);
    }
}
