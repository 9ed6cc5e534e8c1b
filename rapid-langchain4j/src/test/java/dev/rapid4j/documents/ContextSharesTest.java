package dev.rapid4j.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ContextSharesTest {

    private static int[] share(int budget, int... sizes) {
        return ContextShares.share(sizes, new int[sizes.length], budget);
    }

    private static int[] chosen(int budget, int marker, List<Integer> found, int... tokens) {
        return ContextShares.stretch(tokens, found, marker, budget).stream().toArray();
    }

    @Test
    void smallDocumentsLeaveTheirRestToTheOthers() {
        assertThat(share(100, 30, 40)).containsExactly(30, 40);
        assertThat(share(100, 90, 90)).containsExactly(50, 50);
        assertThat(share(100, 90, 10, 90)).containsExactly(45, 10, 45);
        assertThat(share(90, 20, 1000, 35)).containsExactly(20, 35, 35);
        assertThat(share(0, 20)).containsExactly(0);
    }

    @Test
    void theLeastRelevantDocumentsAreDroppedIfSharesGetTooSmall() {
        int[] sizes = {100, 100, 20, 100};
        int[] least = {30, 30, 20, 30};
        assertThat(ContextShares.share(sizes, least, 110)).containsExactly(30, 30, 20, 30);
        assertThat(ContextShares.share(sizes, least, 109)).containsExactly(45, 44, 20);
        assertThat(ContextShares.share(sizes, least, 60)).containsExactly(30, 30);
        assertThat(ContextShares.share(sizes, least, 59)).containsExactly(59);
        assertThat(ContextShares.share(sizes, least, 29)).isEmpty();
        assertThat(ContextShares.share(sizes, least, -5)).isEmpty();
    }

    @Test
    void aStretchGrowsOnBothSidesOfWhatWasFound() {
        assertThat(chosen(32, 1, List.of(3), 10, 10, 10, 10, 10, 10)).containsExactly(2, 3, 4);
        assertThat(chosen(31, 1, List.of(3), 10, 10, 10, 10, 10, 10)).containsExactly(2, 3);
        // the beginning needs no marker in front of it
        assertThat(chosen(31, 1, List.of(0), 10, 10, 10, 10)).containsExactly(0, 1, 2);
        // a neighbour that does not fit is no reason not to take the other one
        assertThat(chosen(25, 1, List.of(2), 10, 50, 10, 10, 50)).containsExactly(2, 3);
    }

    @Test
    void whatWasFoundComesBeforeNeighboursAndTheBestFirst() {
        assertThat(chosen(23, 1, List.of(4, 0), 10, 10, 10, 10, 10, 10)).containsExactly(0, 4);
        assertThat(chosen(12, 1, List.of(4, 0), 10, 10, 10, 10, 10, 10)).containsExactly(4);
        assertThat(chosen(5, 1, List.of(4, 0), 10, 10, 10, 10, 10, 10)).isEmpty();
        // stretches that meet need no marker between them any more
        assertThat(chosen(30, 5, List.of(0, 2), 10, 10, 10)).containsExactly(0, 1, 2);
    }

    @Test
    void aStretchFitsAndCannotGrow() {
        Random random = new Random(7);
        for (int round = 0; round < 500; round++) {
            int[] tokens = random.ints(1 + random.nextInt(30), 1, 20).toArray();
            List<Integer> found =
                    random.ints(3, 0, tokens.length).distinct().boxed().toList();
            int marker = random.nextInt(4);
            int budget = random.nextInt(2 * IntStream.of(tokens).sum());
            BitSet chosen = ContextShares.stretch(tokens, found, marker, budget);
            if (chosen.isEmpty()) {
                assertThat(tokens[found.get(0)]).isGreaterThan(budget - 2 * marker - 1);
                continue;
            }
            String what = "%s %s %d %d -> %s".formatted(Arrays.toString(tokens), found, marker, budget, chosen);
            assertThat(ContextShares.cost(chosen, tokens, marker)).as(what).isLessThanOrEqualTo(budget);
            for (int piece = 0; piece < tokens.length; piece++) {
                if (!chosen.get(piece) && (found.contains(piece) || touches(chosen, piece))) {
                    BitSet more = (BitSet) chosen.clone();
                    more.set(piece);
                    assertThat(ContextShares.cost(more, tokens, marker))
                            .as(what)
                            .isGreaterThan(budget);
                }
            }
        }
    }

    private static boolean touches(BitSet chosen, int piece) {
        return chosen.get(piece + 1) || piece > 0 && chosen.get(piece - 1);
    }
}
