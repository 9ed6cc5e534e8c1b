package dev.rapid4j.internal.decoding;

/**
 * How drafting and verification go.
 *
 * @param margin η of the paper: how far the target's distribution moves towards the drafter's; 0 to 100
 * @param draftTokens γ: most tokens drafted in a round; 1 to 64
 * @param confidenceThreshold drafting stops after a token drawn with a probability under it; 0 to 1
 * @param plausibility α: the target learns only about tokens that have at least this share of the drafter's highest
 *     probability; 0 to 1
 */
public record SpeculationParameters(double margin, int draftTokens, double confidenceThreshold, double plausibility) {

    /** The authors' values. */
    public static final SpeculationParameters DEFAULT = new SpeculationParameters(10, 10, 0.1, 0.1);

    /** @throws IllegalArgumentException naming the value that is out of its range */
    public SpeculationParameters {
        Ranges.check("margin", margin, 0, 100);
        Ranges.check("draftTokens", draftTokens, 1, 64);
        Ranges.check("confidenceThreshold", confidenceThreshold, 0, 1);
        Ranges.check("plausibility", plausibility, 0, 1);
    }
}
