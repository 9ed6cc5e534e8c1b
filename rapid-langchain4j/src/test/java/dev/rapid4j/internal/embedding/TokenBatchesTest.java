package dev.rapid4j.internal.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenBatchesTest {

    @Test
    void fillsBatchesWithTextsOfSimilarLengthLongestFirst() {
        assertThat(TokenBatches.of(new int[] {3, 90, 40, 2, 60, 40}, 100))
                .containsExactly(new int[] {1}, new int[] {4, 2}, new int[] {5, 0, 3});
    }

    @Test
    void aTextBeyondTheBudgetIsABatchOfItsOwn() {
        assertThat(TokenBatches.of(new int[] {5, 200, 300}, 100))
                .containsExactly(new int[] {2}, new int[] {1}, new int[] {0});
        assertThat(TokenBatches.of(new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE}, Integer.MAX_VALUE))
                .hasSize(2);
    }

    @Test
    void noTextsAreNoBatches() {
        assertThat(TokenBatches.of(new int[0], 100)).isEmpty();
    }
}
