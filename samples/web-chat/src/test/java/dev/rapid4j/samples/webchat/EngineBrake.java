package dev.rapid4j.samples.webchat;

import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.ProgressListener;
import java.util.concurrent.locks.LockSupport;

/** Holds the engine up, so that a test sees what happens meanwhile. */
public final class EngineBrake implements ProgressListener {

    private static final long SLOW_NANOS = 100_000_000;

    private volatile boolean stopped;
    private volatile boolean slow;
    private volatile int emitted;

    /** Nothing is answered until {@link #release}. */
    public void stop() {
        stopped = true;
    }

    /** Rounds take a tenth of a second. */
    public void slowDown() {
        slow = true;
    }

    public void release() {
        stopped = false;
        slow = false;
    }

    /** Tokens of the answer that was begun last. */
    public int emittedTokens() {
        return emitted;
    }

    @Override
    public void onPrefill(int read, int total) {
        while (stopped) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Override
    public void onDecoding(GenerationStatistics soFar) {
        emitted = soFar.emittedTokens();
        if (slow) {
            LockSupport.parkNanos(SLOW_NANOS);
        }
    }
}
