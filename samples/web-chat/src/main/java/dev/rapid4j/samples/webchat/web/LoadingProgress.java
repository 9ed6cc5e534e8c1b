package dev.rapid4j.samples.webchat.web;

import dev.rapid4j.ProgressListener;
import java.time.Duration;
import java.util.Optional;

/** How far the weights are that are being loaded. */
final class LoadingProgress implements ProgressListener {

    /**
     * Of one model.
     *
     * @param bytes of its files so far
     * @param totalBytes of its files in all
     */
    record Loading(String model, long bytes, long totalBytes) {}

    private volatile Loading current;

    @Override
    public void onLoading(String model, long loaded, long total) {
        current = new Loading(model, loaded, total);
    }

    @Override
    public void onLoaded(String model, long bytes, Duration elapsed) {
        current = null;
    }

    /** Empty while nothing is being loaded. */
    Optional<Loading> current() {
        return Optional.ofNullable(current);
    }
}
