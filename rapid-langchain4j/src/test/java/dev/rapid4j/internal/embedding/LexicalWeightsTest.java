package dev.rapid4j.internal.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LexicalWeightsTest {

    @Test
    void aTokenCountsAsMuchAsWhereItCountsMost() {
        LexicalWeights weights =
                LexicalWeights.of(new int[] {0, 9, 7, 9, 4, 2}, new float[] {8, 1, 2, 3, 0, 8}, id -> id < 3);

        assertThat(weights.toMap()).containsExactly(entry(9, 3f), entry(7, 2f));
    }

    @Test
    void theScoreSumsTheProductsOfCommonTokens() {
        LexicalWeights question = new LexicalWeights(new int[] {2, 5, 7}, new float[] {1, 0.5f, 2});
        LexicalWeights passage = new LexicalWeights(new int[] {1, 5, 6, 7, 9}, new float[] {9, 4, 9, 0.25f, 9});
        LexicalWeights nothing = new LexicalWeights(new int[0], new float[0]);

        assertThat(question.score(passage)).isCloseTo(2.5, within(1e-12));
        assertThat(passage.score(question)).isCloseTo(2.5, within(1e-12));
        assertThat(question.score(nothing)).isZero();
    }
}
