package dev.rapid4j;

import java.util.concurrent.CancellationException;

/**
 * Hears how far the embedding of many texts has come, after every pass through the encoder. Called by the thread that
 * embeds. A {@link CancellationException} thrown here ends the embedding, and is what its caller gets; anything else
 * that is thrown is logged and otherwise ignored.
 */
@FunctionalInterface
public interface EmbeddingProgressListener {

    /**
     * @param embedded texts embedded so far
     * @param total texts of the call
     */
    void onProgress(int embedded, int total);
}
