package dev.rapid4j.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LogIntervalTest {

    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5);
    private final LogInterval interval = new LogInterval(clock::get);

    @Test
    void aShortStepSaysNothingAndALongOneALineEveryTenSeconds() {
        assertThat(isOverAfter(0)).isFalse();
        assertThat(isOverAfter(9)).isFalse();
        assertThat(isOverAfter(2)).isTrue();
        assertThat(isOverAfter(1)).isFalse();
        assertThat(isOverAfter(8)).isFalse();
        assertThat(isOverAfter(1)).isTrue();
        assertThat(isOverAfter(100)).isTrue();
        assertThat(isOverAfter(1)).isFalse();
    }

    private boolean isOverAfter(int seconds) {
        clock.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
        return interval.isOver();
    }
}
