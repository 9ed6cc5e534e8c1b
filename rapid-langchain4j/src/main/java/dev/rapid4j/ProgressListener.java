package dev.rapid4j;

import dev.langchain4j.model.chat.response.StreamingHandle;
import java.time.Duration;
import java.util.List;

/**
 * Hears how far the long steps have come: of an engine, loading and all its requests; of a single request
 * ({@link RapidChatRequestParameters#progressListener()}), that request. Called by the thread that does the work, which
 * waits meanwhile: a method must not wait for an answer or close the engine. What it throws is logged and otherwise
 * ignored.
 */
public interface ProgressListener {

    /**
     * A checkpoint's weights are about to be loaded.
     *
     * @param model its name
     * @param device {@code cpu}, {@code cuda:N}, or several of these with commas between
     */
    default void onLoading(String model, String device) {}

    /**
     * A part of a checkpoint's weights has been loaded; called before the first one, too.
     *
     * @param model its name
     * @param loaded bytes of its files so far, from 0 to {@code total}
     * @param total bytes of its files that are loaded; those of a weight that is loaded twice, as embedding and as
     *     head, count twice
     */
    default void onLoading(String model, long loaded, long total) {}

    /**
     * A checkpoint's weights have been loaded.
     *
     * @param model its name
     * @param bytes memory they take, without what is used memory-mapped
     * @param elapsed time that took
     */
    default void onLoaded(String model, long bytes, Duration elapsed) {}

    /**
     * A streamed answer has been asked for; called before anything else, by the thread that asks.
     *
     * @param handle cancels it at any time, also before its first piece comes: while it waits, which makes room in the
     *     queue, while documents are searched and while prompts are read
     */
    default void onRequested(StreamingHandle handle) {}

    /**
     * A streamed answer was cancelled by its handle before all of it was delivered; called once, by the thread that
     * cancels.
     */
    default void onCancelled() {}

    /**
     * The request has a place in the queue, or a better one; called by whoever makes room.
     *
     * @param ahead requests that have to end before; 0: its turn has come
     */
    default void onQueued(int ahead) {}

    /**
     * Passages of a long text have been embedded.
     *
     * @param embedded passages so far
     * @param total passages of the text
     */
    default void onIndexing(int embedded, int total) {}

    /** The passages that the drafter will read are known. Not called where no passages are needed. */
    default void onRetrieved(Retrieval retrieval) {}

    /**
     * A part of a prompt has been read, of the drafter's or of the target's.
     *
     * @param read tokens so far, including those found in a KV cache
     * @param total tokens of the prompt
     */
    default void onPrefill(int read, int total) {}

    /** A round of drafting and verifying has ended. */
    default void onDecoding(GenerationStatistics soFar) {}

    /** Tells this one first, then the other. */
    default ProgressListener and(ProgressListener other) {
        return new SafeProgress(List.of(this)).and(other);
    }
}
