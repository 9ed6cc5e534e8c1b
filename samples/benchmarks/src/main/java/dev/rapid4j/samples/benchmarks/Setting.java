package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatRequestParameters;

/**
 * One of those that are compared.
 *
 * @param draftTokens γ of the paper, or automatic
 * @param margin η of the paper
 */
record Setting(Mode mode, int draftTokens, double margin) {

    String draftLength() {
        return draftTokens == RapidChatRequestParameters.AUTOMATIC ? "automatic" : Integer.toString(draftTokens);
    }
}
