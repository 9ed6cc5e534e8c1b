package dev.rapid4j.internal.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PackingTest {

    private static final Packing PACKING =
            Packing.of(List.of(new int[] {1, 2, 3}, new int[] {4}, new int[] {5, 6, 7}, new int[] {8}));

    @Test
    void textsOfEqualLengthStandSideBySide() {
        assertThat(PACKING.ids()).containsExactly(4, 8, 1, 2, 3, 5, 6, 7);
        assertThat(PACKING.counts()).containsExactly(2, 2);
        assertThat(PACKING.lengths()).containsExactly(1, 3);
    }

    @Test
    void whatComesBackIsPutInTheCallersOrder() {
        assertThat(PACKING.unpack(new float[][] {{4}, {8}, {1}, {5}})).isEqualTo(new float[][] {{1}, {4}, {5}, {8}});
        assertThat(PACKING.unpackTokens(new double[] {4, 8, 1, 2, 3, 5, 6, 7}))
                .isEqualTo(new float[][] {{1, 2, 3}, {4}, {5, 6, 7}, {8}});
    }
}
