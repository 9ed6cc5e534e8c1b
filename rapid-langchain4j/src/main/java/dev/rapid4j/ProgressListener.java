package dev.rapid4j;

import java.time.Duration;

/**
 * Hears how far the long steps have come: loading, indexing a long text, reading a prompt. Called by the thread that
 * does the work, which waits meanwhile; what a method throws is logged and otherwise ignored.
 */
public interface ProgressListener {

    /**
     * A checkpoint's weights are about to be loaded.
     *
     * @param model its name
     * @param device {@code cpu} or {@code cuda:N}
     */
    default void onLoading(String model, String device) {}

    /**
     * A checkpoint's weights have been loaded.
     *
     * @param model its name
     * @param bytes memory they take, without what is used memory-mapped
     * @param elapsed time that took
     */
    default void onLoaded(String model, long bytes, Duration elapsed) {}

    /**
     * Passages of a long text have been embedded.
     *
     * @param embedded passages so far
     * @param total passages of the text
     */
    default void onIndexing(int embedded, int total) {}

    /**
     * A part of a prompt has been read.
     *
     * @param read tokens so far, including those found in a KV cache
     * @param total tokens of the prompt
     */
    default void onPrefill(int read, int total) {}
}
