package dev.rapid4j.internal.decoding;

import dev.rapid4j.Mode;
import java.util.List;

/**
 * What to answer, and how.
 *
 * @param targetPrompt tokens the target reads; at least one
 * @param drafterPrompt tokens the drafter reads where {@link Mode#retrieves}; at least one
 * @param seed fixes the random draws and so, on one machine, the answer
 * @param maxTokens most tokens of the answer; at least 1
 * @param stopSequences texts before which the answer ends; none of them empty
 */
public record GenerationRequest(
        int[] targetPrompt,
        int[] drafterPrompt,
        Mode mode,
        SamplingParameters sampling,
        SpeculationParameters speculation,
        long seed,
        int maxTokens,
        List<String> stopSequences) {

    /** @throws IllegalArgumentException if a prompt is empty, the limit not positive or a stop sequence empty */
    public GenerationRequest {
        if (targetPrompt.length == 0 || drafterPrompt.length == 0) {
            throw new IllegalArgumentException("A prompt needs at least one token");
        }
        Ranges.check("maxTokens", maxTokens, 1, Integer.MAX_VALUE);
        stopSequences = List.copyOf(stopSequences);
        if (stopSequences.contains("")) {
            throw new IllegalArgumentException("A stop sequence must not be empty");
        }
    }
}
