package dev.rapid4j.internal.grammar;

import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

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
    private final Map<Key, CountedTokens> counted = new HashMap<>();
    private long bytes;

    TerminalMasks(Trie trie, int vocabulary) {
        this.trie = trie;
        this.vocabulary = vocabulary;
    }

    /** Does not keep an automaton whose grammar is forgotten. */
    private static final class Key {

        private final WeakReference<Object> automaton;
        private final int state;
        private final int hash;

        Key(Object automaton, int state) {
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
        if (automaton instanceof CountedString string && string.isInside(state)) {
            CountedTokens tokens = counted(string.character(), string.inside(state));
            int missing = Math.min(string.missing(state), tokens.most());
            int room = Math.min(string.room(state), tokens.most());
            int bounds = missing * (tokens.most() + 1) + room;
            return remembered(new Key(tokens, bounds), () -> tokens.mask(missing, room));
        }
        return remembered(new Key(automaton, state), () -> make(automaton, state));
    }

    private CountedTokens counted(Table character, int inside) {
        synchronized (counted) {
            return counted.computeIfAbsent(
                    new Key(character, inside), fresh -> new CountedTokens(trie, vocabulary, character, inside));
        }
    }

    private TerminalMask remembered(Key key, Supplier<TerminalMask> maker) {
        synchronized (known) {
            TerminalMask mask = known.get(key);
            if (mask != null) {
                return mask;
            }
        }
        TerminalMask mask = maker.get();
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
        path[0] = start;
        IntList tokens = new IntList();
        Map<Integer, IntList> leaving = new TreeMap<>();
        int node = 1;
        // tokens of nodes that follow each other do so, too
        int first = node;
        while (node < trie.nodes()) {
            int depth = trie.depth(node);
            int state = automaton.step(path[depth - 1], trie.label(node));
            if (state == Automaton.DEAD) {
                trie.addTexts(first, node, tokens);
                node = trie.end(node);
                first = node;
                continue;
            }
            path[depth] = state;
            int exit = automaton.exit(state);
            if (exit >= 0 && trie.end(node) > node + 1) {
                leaving.computeIfAbsent(exit, fresh -> new IntList()).add(node);
            }
            node++;
        }
        trie.addTexts(first, node, tokens);
        return TerminalMask.of(
                List.of(tokens),
                vocabulary,
                leaving.keySet().stream().mapToInt(Integer::intValue).toArray(),
                leaving.values().stream().map(IntList::toArray).toArray(int[][]::new));
    }
}
