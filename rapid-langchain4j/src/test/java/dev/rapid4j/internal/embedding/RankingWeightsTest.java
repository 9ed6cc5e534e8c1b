package dev.rapid4j.internal.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.rapid4j.RankingWeights;
import org.junit.jupiter.api.Test;

class RankingWeightsTest {

    @Test
    void theScoreIsTheWeightedMean() {
        assertThat(RankingWeights.DEFAULT.combine(0.5, 0.1, 0.7)).isCloseTo(0.5, within(1e-12));
        assertThat(new RankingWeights(1, 0, 3).combine(0.5, 9, 0.7)).isCloseTo(0.65, within(1e-12));
    }

    @Test
    void weightsThatAreNoneAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RankingWeights(0.4, -0.2, 0.4))
                .withMessageContaining("lexical");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RankingWeights(Double.NaN, 1, 1))
                .withMessageContaining("dense");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RankingWeights(0, 0, 0))
                .withMessageContaining("more than 0");
    }
}
