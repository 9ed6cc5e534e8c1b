package dev.rapid4j.internal.decoding;

/**
 * What passes through a network have to do, in the quantities that their time is nearly linear in. The step from one
 * token to two stands for itself: it often takes another way through the libraries.
 *
 * @param passes each of which reads all weights
 * @param severalTokens passes of more than one token
 * @param furtherTokens tokens beyond the first of each pass
 * @param cached tokens in the KV cache before a pass, summed over passes
 * @param cachedBySeveral the same, of passes of more than one token
 * @param cachedByFurther cached tokens times the pass's further tokens
 */
record PassWork(
        double passes,
        double severalTokens,
        double furtherTokens,
        double cached,
        double cachedBySeveral,
        double cachedByFurther) {

    static final PassWork NONE = new PassWork(0, 0, 0, 0, 0, 0);

    /** One pass. */
    static PassWork pass(int tokens, int cached) {
        double further = tokens - 1;
        double several = tokens > 1 ? 1 : 0;
        return new PassWork(1, several, further, cached, several * cached, further * cached);
    }

    PassWork plus(PassWork that) {
        return new PassWork(
                passes + that.passes,
                severalTokens + that.severalTokens,
                furtherTokens + that.furtherTokens,
                cached + that.cached,
                cachedBySeveral + that.cachedBySeveral,
                cachedByFurther + that.cachedByFurther);
    }

    double[] quantities() {
        return new double[] {passes, severalTokens, furtherTokens, cached, cachedBySeveral, cachedByFurther};
    }
}
