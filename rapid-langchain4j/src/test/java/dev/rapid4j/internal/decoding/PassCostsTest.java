package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.decoding.Round.Reader;
import java.util.Collections;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PassCostsTest {

    private static final PassTimes NOMINAL = PassTimes.of(0.1, 0.015, 2e-6, 0.5e-6);

    /** Further tokens take twice their nominal share, attention a half. */
    private static final PassTimes ACTUAL = new PassTimes(0.02, 0.004, 0.006, 0.2e-6, 0.02e-6, 0.05e-6);

    private final SplittableRandom random = new SplittableRandom(1);

    private void measure(PassCosts costs, PassWork work, int times) {
        for (int i = 0; i < times; i++) {
            costs.measured(work, ACTUAL.seconds(work) * (0.97 + 0.06 * random.nextDouble()));
        }
    }

    private static PassWork writing(int tokens, int pending, int cached) {
        return new Reader(pending, cached).drafting(Collections.nCopies(tokens, TokenSource.DRAFTER), false);
    }

    private PassCosts measured() {
        PassCosts costs = new PassCosts(NOMINAL);
        for (int i = 0; i < 6; i++) {
            measure(costs, PassWork.pass(1, 2_000 + 10 * i), 1);
            measure(costs, PassWork.pass(1, 30_000 + 10 * i), 1);
            measure(costs, PassWork.pass(4, 2_000 + 10 * i), 1);
            measure(costs, PassWork.pass(12, 30_000 + 10 * i), 1);
            measure(costs, writing(6, 2, 1_000), 1);
        }
        return costs;
    }

    @Test
    void passesOfOtherLengthsAndContextsFollowFromThoseMeasured() {
        PassTimes times = measured().times();
        for (PassWork work : new PassWork[] {
            PassWork.pass(1, 15_000), PassWork.pass(3, 8_000), PassWork.pass(9, 20_000), writing(9, 1, 1_500)
        }) {
            assertThat(times.seconds(work)).isCloseTo(ACTUAL.seconds(work), withinPercentage(8));
        }
    }

    @Test
    void whatWasNotMeasuredKeepsItsRelationToWhatWas() {
        PassCosts costs = new PassCosts(NOMINAL);
        for (int i = 0; i < 10; i++) {
            costs.measured(PassWork.pass(1, 2_000), 3 * NOMINAL.seconds(PassWork.pass(1, 2_000)));
        }
        assertThat(costs.times().seconds(PassWork.pass(11, 2_000)))
                .isCloseTo(3 * NOMINAL.seconds(PassWork.pass(11, 2_000)), withinPercentage(1));
        PassCosts other = new PassCosts(NOMINAL, Optional.of(costs));
        assertThat(other.times().seconds(PassWork.pass(5, 100)))
                .isCloseTo(3 * NOMINAL.seconds(PassWork.pass(5, 100)), withinPercentage(1));
    }

    @Test
    void aFirstPassAndSinglePausesHardlyCount() {
        PassCosts costs = new PassCosts(NOMINAL);
        PassWork step = PassWork.pass(1, 2_000);
        costs.measured(step, 5);
        measure(costs, step, 1);
        assertThat(costs.times().seconds(step)).isCloseTo(ACTUAL.seconds(step), withinPercentage(5));
        measure(costs, step, 10);
        costs.measured(step, 40 * ACTUAL.seconds(step));
        assertThat(costs.times().seconds(step)).isCloseTo(ACTUAL.seconds(step), withinPercentage(5));
    }

    @Test
    void manyPassesOfOneKindDoNotDriveOutTheOthers() {
        PassCosts costs = measured();
        measure(costs, PassWork.pass(1, 2_500), 200);
        PassWork verification = PassWork.pass(12, 30_000);
        assertThat(costs.times().seconds(verification)).isCloseTo(ACTUAL.seconds(verification), withinPercentage(10));
    }

    @Test
    void aMachineThatBecomesSlowerIsNoticed() {
        PassCosts costs = measured();
        PassWork step = PassWork.pass(1, 2_000);
        for (int i = 0; i < 40; i++) {
            costs.measured(step, 2 * ACTUAL.seconds(step));
        }
        assertThat(costs.times().seconds(step)).isCloseTo(2 * ACTUAL.seconds(step), withinPercentage(15));
    }
}
