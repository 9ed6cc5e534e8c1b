package dev.rapid4j.internal.grammar;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Texts by what they begin with. Nodes are numbered so that those below a node follow it, up to its {@link #end}; node
 * 0 is the empty text. Immutable.
 */
final class Trie {

    private final byte[] labels;
    private final int[] ends;
    private final int[] first;
    private final int[] order;
    private final int depth;

    /** @param texts by number; those that are {@code null} are left out */
    Trie(byte[][] texts) {
        order = IntStream.range(0, texts.length)
                .filter(i -> texts[i] != null)
                .boxed()
                .sorted(Comparator.<Integer, byte[]>comparing(i -> texts[i], Arrays::compareUnsigned)
                        .thenComparing(i -> i))
                .mapToInt(Integer::intValue)
                .toArray();
        int nodes = 1;
        byte[] before = new byte[0];
        for (int number : order) {
            byte[] text = texts[number];
            nodes += text.length - common(before, text);
            before = text;
        }
        labels = new byte[nodes];
        ends = new int[nodes];
        first = new int[nodes + 1];
        depth = IntStream.of(order).map(number -> texts[number].length).max().orElse(0);
        int[] path = new int[depth + 1];
        int length = 0;
        int node = 0;
        before = new byte[0];
        for (int i = 0; i < order.length; i++) {
            byte[] text = texts[order[i]];
            int shared = common(before, text);
            while (length > shared) {
                ends[path[length--]] = node + 1;
            }
            while (length < text.length) {
                node++;
                labels[node] = text[length++];
                path[length] = node;
                // those that end at the node before are all there
                first[node] = i;
            }
            before = text;
        }
        while (length >= 0) {
            ends[path[length--]] = node + 1;
        }
        first[nodes] = order.length;
    }

    private static int common(byte[] one, byte[] other) {
        int mismatch = Arrays.mismatch(one, other);
        return mismatch < 0 ? one.length : mismatch;
    }

    int nodes() {
        return labels.length;
    }

    /** Bytes of the longest text. */
    int depth() {
        return depth;
    }

    /** The byte that leads to a node, 0 to 255. */
    int label(int node) {
        return labels[node] & 0xFF;
    }

    /** The node behind a node and all below it. */
    int end(int node) {
        return ends[node];
    }

    /**
     * The first of the texts that are a node, as a place in {@link #text}; the last is before that of the next node.
     * For {@link #nodes}: where the places end.
     */
    int first(int node) {
        return first[node];
    }

    /** Numbers of texts, in the order of nodes. */
    int text(int place) {
        return order[place];
    }

    /** The node behind a node and a byte, or -1. */
    int child(int node, int label) {
        for (int child = node + 1; child < ends[node]; child = ends[child]) {
            if ((labels[child] & 0xFF) == label) {
                return child;
            }
        }
        return -1;
    }
}
