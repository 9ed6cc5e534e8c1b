package dev.rapid4j;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Semaphore;

/** Stops an engine at the start of a generation, so that what happens meanwhile does not depend on speed. */
final class Gate implements ProgressListener {

    private final Semaphore arrivals = new Semaphore(0);
    private final Semaphore permits = new Semaphore(0);
    private volatile boolean shut;

    @Override
    public void onPrefill(int read, int total) {
        if (shut) {
            arrivals.release();
            permits.acquireUninterruptibly();
        }
    }

    void shut() {
        shut = true;
        arrivals.drainPermits();
        permits.drainPermits();
    }

    void awaitArrival() throws InterruptedException {
        assertThat(arrivals.tryAcquire(60, SECONDS)).isTrue();
    }

    void open() {
        shut = false;
        permits.release(1000);
    }
}
