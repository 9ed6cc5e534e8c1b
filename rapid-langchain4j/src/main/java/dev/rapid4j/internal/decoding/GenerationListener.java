package dev.rapid4j.internal.decoding;

import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.TokenSource;

/** Follows a generation. What a method throws ends it and reaches the caller. */
public interface GenerationListener {

    /**
     * A token of the answer.
     *
     * @return whether the answer ends with it
     */
    default boolean onToken(int token, TokenSource source) {
        return false;
    }

    /**
     * Prompt tokens read so far, called after each chunk.
     *
     * @param done tokens read, including those found in a KV cache
     * @param total tokens of the prompt that is being read
     */
    default void onPrefill(int done, int total) {}

    /** A round has ended, after its tokens. */
    default void onRound(GenerationStatistics soFar) {}

    /** Called between chunks and rounds; throws to end the generation. */
    default void checkCancelled() {}
}
