package dev.rapid4j.internal.decoding;

import dev.rapid4j.GenerationStatistics;

/**
 * A finished answer.
 *
 * @param text all that was emitted, up to a stop sequence or the end token
 */
public record Generation(String text, FinishReason finishReason, GenerationStatistics statistics) {

    public enum FinishReason {
        /** An end token or a stop sequence. */
        STOP,
        /** The token limit. */
        LENGTH
    }
}
