package dev.rapid4j.internal.decoding;

import dev.rapid4j.GenerationStatistics;
import java.util.List;

/**
 * A finished answer.
 *
 * @param tokens all that were emitted, without an end token
 * @param cachedTokens of the prompt that the writer has read, those that were in a KV cache before; the statistics have
 *     them together with a drafter's
 */
public record Generation(
        List<Integer> tokens, FinishReason finishReason, int cachedTokens, GenerationStatistics statistics) {

    public enum FinishReason {
        /** An end token, or the listener's word. */
        STOP,
        /** The token limit. */
        LENGTH
    }
}
