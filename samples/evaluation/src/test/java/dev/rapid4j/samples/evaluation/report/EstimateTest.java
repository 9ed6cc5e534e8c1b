package dev.rapid4j.samples.evaluation.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Expected intervals: statsmodels' proportion_confint(method="agresti_coull"), and by hand. */
class EstimateTest {

    @Test
    void rightAnswersHaveAgrestiAndCoullsInterval() {
        Estimate none = Estimate.of(Collections.nCopies(10, 0.0));
        assertThat(none.low()).isZero();
        assertThat(none.high()).isCloseTo(0.3209, within(1e-4));

        Estimate half = Estimate.of(List.of(1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0));
        assertThat(half.mean()).isEqualTo(0.5);
        assertThat(half.low()).isCloseTo(0.2366, within(1e-4));
        assertThat(half.high()).isCloseTo(0.7634, within(1e-4));
    }

    @Test
    void manyGradedAnswersHaveTheNormalIntervalOfTheirMean() {
        List<Double> scores =
                IntStream.range(0, 10_000).mapToObj(i -> i % 2 == 0 ? 0.1 : 0.7).toList();

        Estimate estimate = Estimate.of(scores);

        assertThat(estimate.mean()).isCloseTo(0.4, within(1e-9));
        // standard deviation 0.3, over the root of 10,000, times 1.96
        assertThat(estimate.high() - estimate.low()).isCloseTo(2 * 0.00588, within(1e-4));
    }

    @Test
    void anAnswerThatIsNearlyRightMakesAnIntervalNoNarrowerThanOneThatIsRight() {
        List<Double> right = Collections.nCopies(8, 1.0);
        List<Double> nearlyRight = List.of(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.9);

        assertThat(Estimate.of(nearlyRight).low()).isCloseTo(Estimate.of(right).low(), within(0.02));
    }
}
