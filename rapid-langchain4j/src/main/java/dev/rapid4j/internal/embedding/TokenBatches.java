package dev.rapid4j.internal.embedding;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Puts sequences together for passes through the encoder. */
final class TokenBatches {

    private TokenBatches() {}

    /**
     * Batches of sequences of similar length, the longest first: what does not fit into memory fails at once, and the
     * progress is never slower than it looked at first.
     *
     * @param lengths of the sequences, in tokens
     * @param budget most tokens of a batch, at least 1; a longer sequence is a batch of its own
     * @return the indices of the sequences of each batch; every sequence is in one
     */
    static List<int[]> of(int[] lengths, int budget) {
        int[] longestFirst = IntStream.range(0, lengths.length)
                .boxed()
                .sorted(Comparator.comparingInt((Integer i) -> lengths[i]).reversed())
                .mapToInt(Integer::intValue)
                .toArray();
        List<int[]> batches = new ArrayList<>();
        for (int from = 0, to; from < longestFirst.length; from = to) {
            long tokens = lengths[longestFirst[from]];
            for (to = from + 1; to < longestFirst.length; to++) {
                tokens += lengths[longestFirst[to]];
                if (tokens > budget) {
                    break;
                }
            }
            batches.add(IntStream.range(from, to).map(i -> longestFirst[i]).toArray());
        }
        return batches;
    }
}
