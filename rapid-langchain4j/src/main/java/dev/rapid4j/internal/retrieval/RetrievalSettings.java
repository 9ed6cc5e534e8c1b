package dev.rapid4j.internal.retrieval;

/**
 * How much to retrieve for one question.
 *
 * @param maxPassages most passages to keep, at least 1
 * @param minSimilarity passages with a lower {@linkplain Passage#score() score} are left out; from -1 to 1. With
 *     {@link PassageRanking#HYBRID} that is the combined score, so a name or number that only the lexical view finds
 *     may make up for a low cosine. If none reaches it, the single best passage is kept: a drafter without any text
 *     would only guess
 */
public record RetrievalSettings(int maxPassages, double minSimilarity) {

    /** The least similarity of the paper, 0.3. */
    public static final double DEFAULT_MIN_SIMILARITY = 0.3;

    /** @throws IllegalArgumentException if a value is out of range */
    public RetrievalSettings {
        if (maxPassages < 1) {
            throw new IllegalArgumentException("maxPassages must be at least 1, but is " + maxPassages);
        }
        if (!(minSimilarity >= -1 && minSimilarity <= 1)) {
            throw new IllegalArgumentException("minSimilarity must be from -1 to 1, but is " + minSimilarity);
        }
    }

    /**
     * As many passages as a draft context has room for, begun passages counted, with the default similarity.
     *
     * @param draftContextTokens tokens the passages may take, at least 1
     * @param maxSegmentTokens tokens of one passage, at least 1
     */
    public static RetrievalSettings forDraftContext(int draftContextTokens, int maxSegmentTokens) {
        if (draftContextTokens < 1 || maxSegmentTokens < 1) {
            throw new IllegalArgumentException("A draft context of " + draftContextTokens + " tokens in passages of "
                    + maxSegmentTokens + " is not possible; both must be at least 1");
        }
        return new RetrievalSettings((draftContextTokens - 1) / maxSegmentTokens + 1, DEFAULT_MIN_SIMILARITY);
    }
}
