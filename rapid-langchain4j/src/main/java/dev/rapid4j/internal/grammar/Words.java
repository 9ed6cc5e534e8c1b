package dev.rapid4j.internal.grammar;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Some of a list of texts, the next ones of it: each has its number in the list as exit. Those for parts of one list
 * share what they know of it. Immutable.
 */
final class Words implements Automaton {

    private final Trie trie;

    /** Numbers of the texts that begin as a node does, in order, from {@link #starts} of the node. */
    private final int[] numbers;

    private final int[] starts;
    private final int from;
    private final int to;

    private Words(Trie trie, int[] numbers, int[] starts, int from, int to) {
        this.trie = trie;
        this.numbers = numbers;
        this.starts = starts;
        this.from = from;
        this.to = to;
    }

    /** @param texts all different */
    static Words of(List<String> texts) {
        Trie trie = new Trie(texts.stream()
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new));
        int[] starts = new int[trie.nodes() + 1];
        for (int node = 0; node < trie.nodes(); node++) {
            starts[node + 1] = starts[node] + trie.first(trie.end(node)) - trie.first(node);
        }
        int[] numbers = new int[starts[trie.nodes()]];
        for (int node = 0; node < trie.nodes(); node++) {
            int first = trie.first(node);
            for (int i = starts[node]; i < starts[node + 1]; i++) {
                numbers[i] = trie.text(first + i - starts[node]);
            }
            Arrays.sort(numbers, starts[node], starts[node + 1]);
        }
        return new Words(trie, numbers, starts, 0, texts.size() - 1);
    }

    /** Those with numbers from one to another, that one included. */
    Words part(int from, int to) {
        return new Words(trie, numbers, starts, from, to);
    }

    private boolean leads(int node) {
        int place = Arrays.binarySearch(numbers, starts[node], starts[node + 1], from);
        int next = place >= 0 ? place : -1 - place;
        return next < starts[node + 1] && numbers[next] <= to;
    }

    @Override
    public int step(int state, int next) {
        int child = trie.child(state, next);
        return child >= 0 && leads(child) ? child : DEAD;
    }

    @Override
    public int exit(int state) {
        return IntStream.range(trie.first(state), trie.first(state + 1))
                .map(trie::text)
                .filter(number -> number >= from && number <= to)
                .findFirst()
                .orElse(-1);
    }

    @Override
    public boolean goesOn(int state) {
        for (int child = state + 1; child < trie.end(state); child = trie.end(child)) {
            if (leads(child)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean isEmpty() {
        return !leads(0);
    }

    @Override
    public int classOf(int next) {
        return next;
    }
}
