package dev.rapid4j.internal.grammar;

import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Masks of states of automata, up to a number of bytes those that were used last. Safe to use from several threads.
 *
 * <p>Nearly all tokens stay inside the string, say, that is being written, and do so in every grammar: only the few
 * that leave it have to be tried with what comes behind.
 */
final class TerminalMasks {

    private static final long MAX_BYTES = 32L << 20;

    private static final int BYTES_OF_AN_ENTRY = 150;

    private final Trie trie;
    private final int vocabulary;
    private final Map<Key, TerminalMask> known = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    TerminalMasks(Trie trie, int vocabulary) {
        this.trie = trie;
        this.vocabulary = vocabulary;
    }

    /** Does not keep an automaton whose grammar is forgotten. */
    private static final class Key {

        private final WeakReference<Automaton> automaton;
        private final int state;
        private final int hash;

        Key(Automaton automaton, int state) {
            this.automaton = new WeakReference<>(automaton);
            this.state = state;
            hash = 31 * System.identityHashCode(automaton) + state;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key key
                    && key.state == state
                    && automaton.get() != null
                    && key.automaton.get() == automaton.get();
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    TerminalMask of(Automaton automaton, int state) {
        Key key = new Key(automaton, automaton.alike(state));
        synchronized (known) {
            TerminalMask mask = known.get(key);
            if (mask != null) {
                return mask;
            }
        }
        TerminalMask mask = make(automaton, state);
        synchronized (known) {
            if (known.put(key, mask) == null) {
                bytes += mask.bytes() + BYTES_OF_AN_ENTRY;
            }
            Iterator<TerminalMask> oldest = known.values().iterator();
            while (bytes > MAX_BYTES && known.size() > 1) {
                bytes -= oldest.next().bytes() + BYTES_OF_AN_ENTRY;
                oldest.remove();
            }
        }
        return mask;
    }

    /** Goes through the nodes in their order, past those below where the automaton is dead. */
    private TerminalMask make(Automaton automaton, int start) {
        int[] path = new int[trie.depth() + 1];
        int[] ends = new int[trie.depth() + 1];
        path[0] = start;
        ends[0] = trie.nodes();
        int depth = 0;
        IntList found = new IntList();
        Map<Integer, IntList> leaving = new TreeMap<>();
        int node = 1;
        while (node < trie.nodes()) {
            while (node >= ends[depth]) {
                depth--;
            }
            int end = trie.end(node);
            int state = automaton.step(path[depth], trie.label(node));
            if (state == Automaton.DEAD) {
                node = end;
                continue;
            }
            for (int i = trie.first(node); i < trie.first(node + 1); i++) {
                found.add(trie.text(i));
            }
            if (end > node + 1) {
                int exit = automaton.exit(state);
                if (exit >= 0) {
                    leaving.computeIfAbsent(exit, fresh -> new IntList()).add(node);
                }
                depth++;
                path[depth] = state;
                ends[depth] = end;
            }
            node++;
        }
        int[][] nodes = leaving.values().stream().map(IntList::toArray).toArray(int[][]::new);
        int[] exits = leaving.keySet().stream().mapToInt(Integer::intValue).toArray();
        if (found.size < vocabulary / 32) {
            return new TerminalMask(null, found.toArray(), exits, nodes);
        }
        byte[] bits = new byte[(vocabulary + 7) / 8];
        for (int i = 0; i < found.size; i++) {
            TerminalMask.add(bits, found.values[i]);
        }
        return new TerminalMask(bits, null, exits, nodes);
    }

    private static final class IntList {

        private int[] values = new int[16];
        private int size;

        void add(int value) {
            values = size == values.length ? Arrays.copyOf(values, 2 * size) : values;
            values[size++] = value;
        }

        int[] toArray() {
            return Arrays.copyOf(values, size);
        }
    }
}
