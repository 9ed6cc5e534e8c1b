package dev.rapid4j;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs progress, and keeps what a user's listener throws away from the work. */
record SafeProgress(ProgressListener listener) implements ProgressListener {

    private static final Logger LOG = LoggerFactory.getLogger(RapidEngine.class);

    @Override
    public void onLoading(String model, String device) {
        LOG.info("Loading {} on {}", model, device);
        tell(() -> listener.onLoading(model, device));
    }

    @Override
    public void onLoaded(String model, long bytes, Duration elapsed) {
        LOG.info("Loaded {}: {} MB in {} ms", model, bytes >> 20, elapsed.toMillis());
        tell(() -> listener.onLoaded(model, bytes, elapsed));
    }

    @Override
    public void onIndexing(int embedded, int total) {
        LOG.debug("Embedded {} of {} passages", embedded, total);
        tell(() -> listener.onIndexing(embedded, total));
    }

    @Override
    public void onPrefill(int read, int total) {
        LOG.debug("Read {} of {} tokens", read, total);
        tell(() -> listener.onPrefill(read, total));
    }

    private static void tell(Runnable event) {
        try {
            event.run();
        } catch (RuntimeException e) {
            LOG.warn("The progress listener failed; the work goes on", e);
        }
    }
}
