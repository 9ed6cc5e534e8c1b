package dev.rapid4j.internal.decoding;

import java.util.List;

/**
 * Where an answer ends at the latest.
 *
 * @param maxTokens most tokens; at least 1
 * @param stopSequences texts before which it ends; none of them empty
 */
public record AnswerLimits(int maxTokens, List<String> stopSequences) {

    /** @throws IllegalArgumentException if the limit is not positive or a stop sequence empty */
    public AnswerLimits {
        Ranges.check("maxTokens", maxTokens, 1, Integer.MAX_VALUE);
        stopSequences = List.copyOf(stopSequences);
        if (stopSequences.contains("")) {
            throw new IllegalArgumentException("A stop sequence must not be empty");
        }
    }
}
