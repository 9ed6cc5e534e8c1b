package dev.rapid4j.samples.evaluation.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Expected intervals: statsmodels' proportion_confint(method="wilson"), and by hand. */
class EstimateTest {

    @Test
    void rightAnswersHaveWilsonsInterval() {
        Estimate none = Estimate.of(Collections.nCopies(10, 0.0));
        assertThat(none.low()).isZero();
        assertThat(none.high()).isCloseTo(0.2775, within(1e-4));

        Estimate half = Estimate.of(List.of(1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0));
        assertThat(half.mean()).isEqualTo(0.5);
        assertThat(half.low()).isCloseTo(0.2366, within(1e-4));
        assertThat(half.high()).isCloseTo(0.7634, within(1e-4));
    }

    @Test
    void gradedAnswersHaveTheIntervalOfTheirMean() {
        Estimate estimate = Estimate.of(List.of(0.4, 0.5, 0.6, 0.5));

        assertThat(estimate.mean()).isCloseTo(0.5, within(1e-9));
        // standard deviation 0.0816, over the root of 4, times 1.96
        assertThat(estimate.high() - estimate.mean()).isCloseTo(0.0800, within(1e-4));
    }

    @Test
    void oneGradedAnswerSaysNothing() {
        assertThat(Estimate.of(List.of(0.4))).isEqualTo(new Estimate(1, 0.4, 0, 1));
    }
}
