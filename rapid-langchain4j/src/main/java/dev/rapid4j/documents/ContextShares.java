package dev.rapid4j.documents;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** How much of each document a prompt has room for. */
final class ContextShares {

    private ContextShares() {}

    /**
     * Shares a budget: documents that need less than an equal share leave the rest to the others. The last documents
     * get nothing if otherwise one would get less than its least.
     *
     * @param sizes tokens of each document, most relevant first
     * @param least tokens below which a document is worthless, at most its size
     * @param budget tokens for all
     * @return tokens for each of the documents that get some, which are the first ones
     */
    static int[] share(int[] sizes, int[] least, int budget) {
        for (int count = sizes.length; count > 0; count--) {
            int[] shares = fill(Arrays.copyOf(sizes, count), budget);
            if (IntStream.range(0, count).allMatch(i -> shares[i] >= least[i])) {
                return shares;
            }
        }
        return new int[0];
    }

    private static int[] fill(int[] sizes, int budget) {
        int[] shares = new int[sizes.length];
        // of equal ones the most relevant last: what cannot be divided goes there
        List<Integer> smallestFirst = IntStream.range(0, sizes.length)
                .boxed()
                .sorted(Comparator.comparingInt((Integer i) -> sizes[i]).thenComparing(Comparator.reverseOrder()))
                .toList();
        int left = Math.max(budget, 0);
        for (int i = 0; i < sizes.length; i++) {
            int document = smallestFirst.get(i);
            shares[document] = Math.min(sizes[document], left / (sizes.length - i));
            left -= shares[document];
        }
        return shares;
    }

    /**
     * Chooses pieces of a document that does not fit: those that were found, best first, as long as they fit, and then
     * their neighbours, in turns. Everything left out between chosen pieces, before or behind them costs a marker.
     *
     * @param tokens of each piece
     * @param found indexes of pieces, best first
     * @param marker tokens of what stands for text that was left out
     * @param budget tokens for all of it
     */
    static BitSet stretch(int[] tokens, List<Integer> found, int marker, int budget) {
        BitSet chosen = new BitSet(tokens.length);
        int left = budget - marker;
        for (int piece : found) {
            left -= add(chosen, piece, tokens, marker, left);
        }
        boolean grows = true;
        while (grows) {
            grows = false;
            for (int piece : found) {
                if (!chosen.get(piece)) {
                    continue;
                }
                for (int neighbour : new int[] {chosen.previousClearBit(piece), chosen.nextClearBit(piece)}) {
                    if (neighbour >= 0 && neighbour < tokens.length && !chosen.get(neighbour)) {
                        int before = chosen.cardinality();
                        left -= add(chosen, neighbour, tokens, marker, left);
                        grows |= chosen.cardinality() > before;
                    }
                }
            }
        }
        return chosen;
    }

    /** Tokens of chosen pieces and the markers for all others. */
    static int cost(BitSet chosen, int[] tokens, int marker) {
        int cost = 0;
        for (int i = 0; i < tokens.length; i++) {
            if (chosen.get(i)) {
                cost += tokens[i];
            } else if (i == 0 || chosen.get(i - 1)) {
                cost += marker;
            }
        }
        return cost;
    }

    /** Adds a piece if it fits; what that takes, which may be negative if a gap is closed. */
    private static int add(BitSet chosen, int piece, int[] tokens, int marker, int left) {
        int gaps = -1;
        gaps += piece > 0 && !chosen.get(piece - 1) ? 1 : 0;
        gaps += piece < tokens.length - 1 && !chosen.get(piece + 1) ? 1 : 0;
        int cost = tokens[piece] + gaps * marker;
        if (chosen.get(piece) || cost > left) {
            return 0;
        }
        chosen.set(piece);
        return cost;
    }
}
