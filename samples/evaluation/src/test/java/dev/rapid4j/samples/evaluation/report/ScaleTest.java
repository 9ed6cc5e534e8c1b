package dev.rapid4j.samples.evaluation.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ScaleTest {

    @Test
    void marksAreRoundNumbersWithRoomForTheLargest() {
        assertThat(Scale.upTo(100)).isEqualTo(new Scale(20, 5));
        assertThat(Scale.upTo(4.3)).isEqualTo(new Scale(1, 5));
        assertThat(Scale.upTo(0.9).marks().stream().map(Scale.upTo(0.9)::label))
                .containsExactly("0.0", "0.2", "0.4", "0.6", "0.8", "1.0");
    }

    @Test
    void whereEverythingIsZeroThereIsStillAnAxis() {
        assertThat(Scale.upTo(0).largest()).isPositive();
    }
}
