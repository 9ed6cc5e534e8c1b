package dev.rapid4j.internal.decoding;

import dev.rapid4j.GenerationStatistics;
import java.util.List;

/**
 * A finished answer.
 *
 * @param tokens all that were emitted, without an end token
 */
public record Generation(List<Integer> tokens, FinishReason finishReason, GenerationStatistics statistics) {

    public enum FinishReason {
        /** An end token, or the listener's word. */
        STOP,
        /** The token limit. */
        LENGTH
    }
}
