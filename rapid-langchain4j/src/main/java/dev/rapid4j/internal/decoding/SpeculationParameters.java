package dev.rapid4j.internal.decoding;

/**
 * How drafting and verification go.
 *
 * @param margin η of the paper: how far the target's distribution moves towards the drafter's; 0 to 100
 * @param draftTokens γ: most tokens drafted in a round; 1 to 64, or {@link #AUTOMATIC}
 * @param confidenceThreshold drafting stops after a token drawn with a probability under it; 0 to 1
 * @param plausibility α: the target learns only about tokens that have at least this share of the drafter's highest
 *     probability; 0 to 1
 */
public record SpeculationParameters(double margin, int draftTokens, double confidenceThreshold, double plausibility) {

    /** As many draft tokens in each round as pay. */
    public static final int AUTOMATIC = 0;

    /** What the authors draft. */
    static final int USUAL_DRAFT_TOKENS = 10;

    /** The authors' values, but for the draft tokens. */
    public static final SpeculationParameters DEFAULT = new SpeculationParameters(
            Parameter.MARGIN.usual(),
            (int) Parameter.DRAFT_TOKENS.usual(),
            Parameter.CONFIDENCE_THRESHOLD.usual(),
            Parameter.PLAUSIBILITY.usual());

    /** @throws IllegalArgumentException naming the value that is out of its range */
    public SpeculationParameters {
        Parameter.MARGIN.check(margin);
        Parameter.DRAFT_TOKENS.check(draftTokens);
        Parameter.CONFIDENCE_THRESHOLD.check(confidenceThreshold);
        Parameter.PLAUSIBILITY.check(plausibility);
    }
}
