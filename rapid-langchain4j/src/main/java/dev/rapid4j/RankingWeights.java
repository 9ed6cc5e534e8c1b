package dev.rapid4j;

/**
 * How much each of BGE-M3's three views counts in a score. They are weighed against each other: 4, 2, 4 is the same as
 * 0.4, 0.2, 0.4.
 *
 * @param dense weight of the cosine similarity of the dense vectors
 * @param lexical weight of the lexical score: the products of the weights of the tokens that both texts have, summed
 * @param tokens weight of the late interaction: for each token of the question the cosine similarity to the passage's
 *     most similar token, on average
 */
public record RankingWeights(double dense, double lexical, double tokens) {

    /** The weights of BGE-M3's model card: 0.4, 0.2, 0.4. */
    public static final RankingWeights DEFAULT = new RankingWeights(0.4, 0.2, 0.4);

    /** @throws IllegalArgumentException if a weight is negative or not finite, or all are 0 */
    public RankingWeights {
        check("dense", dense);
        check("lexical", lexical);
        check("tokens", tokens);
        double sum = dense + lexical + tokens;
        if (!(sum > 0 && Double.isFinite(sum))) {
            throw new IllegalArgumentException(
                    "The ranking weights must add up to more than 0 and be finite, but add up to " + sum);
        }
    }

    private static void check(String view, double weight) {
        if (!(weight >= 0 && Double.isFinite(weight))) {
            throw new IllegalArgumentException(
                    "The ranking weight " + view + " must be at least 0 and finite, but is " + weight);
        }
    }

    /** The weighted mean of the three scores. */
    public double combine(double denseScore, double lexicalScore, double tokenScore) {
        return (dense * denseScore + lexical * lexicalScore + tokens * tokenScore) / (dense + lexical + tokens);
    }
}
