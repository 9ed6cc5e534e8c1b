package dev.rapid4j.internal.grammar;

import dev.rapid4j.internal.grammar.Configuration.Top;
import dev.rapid4j.internal.grammar.Step.Terminal;
import dev.rapid4j.internal.grammar.Step.Token;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Collects the tokens that may follow. */
final class Mask {

    private final Vocabulary vocabulary;
    private final Trie trie;
    private final byte[] bits;
    private final Configuration[] path;
    private final int[] ends;

    Mask(Vocabulary vocabulary, byte[] bits) {
        this.vocabulary = vocabulary;
        this.bits = bits;
        trie = vocabulary.trie();
        path = new Configuration[trie.depth() + 1];
        ends = new int[trie.depth() + 1];
    }

    void add(Configuration configuration) {
        Map<TerminalMask, List<Top>> places = new IdentityHashMap<>();
        for (Top top : configuration.tops()) {
            if (top.step() instanceof Terminal terminal) {
                TerminalMask mask = vocabulary.masks().of(terminal.automaton(), top.state());
                places.computeIfAbsent(mask, fresh -> new ArrayList<>(2)).add(top);
            } else {
                TerminalMask.add(bits, ((Token) top.step()).id());
            }
        }
        places.forEach((mask, tops) -> {
            mask.addTo(bits);
            for (int i = 0; i < mask.exits().length; i++) {
                addLeaving(mask.nodes()[i], Configuration.behind(tops, mask.exits()[i]));
            }
        });
    }

    /** Tokens that go on behind the end of a terminal, at some nodes. */
    private void addLeaving(int[] nodes, Configuration behind) {
        if (behind.tops().isEmpty()) {
            return;
        }
        // most tokens end with their first byte, as there are few ways on
        Configuration[] first = new Configuration[256];
        for (int node : nodes) {
            for (int child = node + 1; child < trie.end(node); child = trie.end(child)) {
                int label = trie.label(child);
                if (first[label] == null) {
                    first[label] = behind.step(label);
                }
                if (!first[label].isDead()) {
                    addBelow(child, first[label]);
                }
            }
        }
    }

    /** The token of a node, and those below it that can be written on from there. */
    private void addBelow(int start, Configuration configuration) {
        addTokens(start);
        path[0] = configuration;
        ends[0] = trie.end(start);
        int depth = 0;
        int node = start + 1;
        while (node < ends[0]) {
            while (node >= ends[depth]) {
                depth--;
            }
            Configuration next = path[depth].step(trie.label(node));
            if (next.isDead()) {
                node = trie.end(node);
                continue;
            }
            addTokens(node);
            depth++;
            path[depth] = next;
            ends[depth] = trie.end(node);
            node++;
        }
    }

    private void addTokens(int node) {
        for (int i = trie.first(node); i < trie.first(node + 1); i++) {
            TerminalMask.add(bits, trie.text(i));
        }
    }
}
