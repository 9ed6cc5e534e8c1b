package dev.rapid4j.internal.grammar;

import java.util.ArrayList;
import java.util.List;

/**
 * What the tokens do in a string whose characters are counted: those that stay in it and those that end it, by how many
 * characters they add. It is found out once; which of them may follow then is told from the bounds. Immutable.
 */
final class CountedTokens {

    /** Tokens by the characters that they begin. */
    private final List<IntList> staying = new ArrayList<>();

    /** Tokens that end with the string, by the characters before. */
    private final List<IntList> ending = new ArrayList<>();

    /** Nodes of the trie where the string ends inside a token, by the characters before. */
    private final List<IntList> leaving = new ArrayList<>();

    private final int vocabulary;

    /** @param inside a state of {@code character} */
    CountedTokens(Trie trie, int vocabulary, Table character, int inside) {
        this.vocabulary = vocabulary;
        CountedString string = CountedString.counting(character);
        int[] path = new int[trie.depth() + 1];
        path[0] = CountedString.at(0, inside);
        int node = 1;
        while (node < trie.nodes()) {
            int depth = trie.depth(node);
            int state = string.step(path[depth - 1], trie.label(node));
            if (state == Automaton.DEAD) {
                node = trie.end(node);
                continue;
            }
            path[depth] = state;
            if (string.isInside(state)) {
                trie.addTexts(node, node + 1, at(staying, CountedString.begun(state)));
            } else {
                int characters = CountedString.begun(path[depth - 1]);
                trie.addTexts(node, node + 1, at(ending, characters));
                if (trie.end(node) > node + 1) {
                    at(leaving, characters).add(node);
                }
            }
            node++;
        }
    }

    private static IntList at(List<IntList> lists, int characters) {
        while (lists.size() <= characters) {
            lists.add(new IntList());
        }
        return lists.get(characters);
    }

    /** No token has more characters, so that more make no difference. */
    int most() {
        return Math.max(staying.size(), ending.size());
    }

    /** @param missing characters without which the string cannot end, at most {@code room} that there may be */
    TerminalMask mask(int missing, int room) {
        List<IntList> tokens = new ArrayList<>(part(staying, 0, room));
        tokens.addAll(part(ending, missing, room));
        IntList nodes = new IntList();
        part(leaving, missing, room).forEach(nodes::addAll);
        return nodes.size() == 0
                ? TerminalMask.of(tokens, vocabulary, new int[0], new int[0][])
                : TerminalMask.of(tokens, vocabulary, new int[1], new int[][] {nodes.toArray()});
    }

    private static List<IntList> part(List<IntList> lists, int from, int to) {
        return lists.subList(Math.min(from, lists.size()), Math.min(to + 1, lists.size()));
    }
}
