package dev.rapid4j.internal.text;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * When the log may tell how far a long step has come: every ten seconds, and so nothing of a step that is over before.
 * Made where the step begins.
 */
public final class LogInterval {

    private static final long INTERVAL = Duration.ofSeconds(10).toNanos();

    private final LongSupplier clock;
    private long last;

    public LogInterval() {
        this(System::nanoTime);
    }

    /** @param clock nanoseconds since any moment */
    LogInterval(LongSupplier clock) {
        this.clock = clock;
        this.last = clock.getAsLong();
    }

    /** Whether ten seconds have passed since this was made, or since it last said so. */
    public boolean isOver() {
        long now = clock.getAsLong();
        if (now - last < INTERVAL) {
            return false;
        }
        last = now;
        return true;
    }
}
