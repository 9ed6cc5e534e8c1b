package dev.rapid4j;

import dev.langchain4j.model.chat.response.StreamingHandle;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs each step of progress for who looks for a fault, and keeps what users' listeners throw away from the work. */
record SafeProgress(List<ProgressListener> listeners) implements ProgressListener {

    /** By the name that a user knows; the class itself would draw in the engine. */
    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidEngine");

    @Override
    public void onLoading(String model, String device) {
        tell(listener -> listener.onLoading(model, device));
    }

    @Override
    public void onLoading(String model, long loaded, long total) {
        tell(listener -> listener.onLoading(model, loaded, total));
    }

    @Override
    public void onLoaded(String model, long bytes, Duration elapsed) {
        tell(listener -> listener.onLoaded(model, bytes, elapsed));
    }

    @Override
    public void onRequested(StreamingHandle handle) {
        tell(listener -> listener.onRequested(handle));
    }

    @Override
    public void onCancelled() {
        tell(ProgressListener::onCancelled);
    }

    @Override
    public void onQueued(int ahead) {
        LOG.debug("{} requests are ahead", ahead);
        tell(listener -> listener.onQueued(ahead));
    }

    @Override
    public void onIndexing(int embedded, int total) {
        LOG.debug("Embedded {} of {} passages", embedded, total);
        tell(listener -> listener.onIndexing(embedded, total));
    }

    @Override
    public void onRetrieved(Retrieval retrieval) {
        LOG.debug("Found {} passages", retrieval.passages().size());
        tell(listener -> listener.onRetrieved(retrieval));
    }

    @Override
    public void onPrefill(int read, int total) {
        LOG.debug("Read {} of {} tokens", read, total);
        tell(listener -> listener.onPrefill(read, total));
    }

    @Override
    public void onDecoding(GenerationStatistics soFar) {
        tell(listener -> listener.onDecoding(soFar));
    }

    @Override
    public SafeProgress and(ProgressListener other) {
        // not one within the other, which would log everything twice
        Stream<ProgressListener> others =
                other instanceof SafeProgress safe ? safe.listeners.stream() : Stream.of(other);
        return new SafeProgress(Stream.concat(listeners.stream(), others).toList());
    }

    private void tell(Consumer<ProgressListener> event) {
        for (ProgressListener listener : listeners) {
            try {
                event.accept(listener);
            } catch (Throwable e) {
                // an error, too, would otherwise end the engine's thread
                LOG.warn("The progress listener failed; the work goes on", e);
            }
        }
    }
}
