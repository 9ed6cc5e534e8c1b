package dev.rapid4j.internal.grammar;

import java.util.List;

/**
 * What the tokens do in one state of an automaton, whatever comes behind it.
 *
 * @param bits tokens that it reads to their end, as {@link dev.rapid4j.internal.tokenizer.TokenSet#over} takes them, or
 *     {@code null} where there are few
 * @param tokens the same as a list, where there are few
 * @param exits numbers of the ways out that are open inside a token
 * @param nodes by way out, the nodes of the trie where it is open, that have tokens below them
 */
record TerminalMask(byte[] bits, int[] tokens, int[] exits, int[][] nodes) {

    /** @param found the tokens that it reads to their end */
    static TerminalMask of(List<IntList> found, int vocabulary, int[] exits, int[][] nodes) {
        if (found.stream().mapToInt(IntList::size).sum() < vocabulary / 32) {
            IntList few = new IntList();
            found.forEach(few::addAll);
            return new TerminalMask(null, few.toArray(), exits, nodes);
        }
        byte[] bits = new byte[(vocabulary + 7) / 8];
        for (IntList tokens : found) {
            for (int i = 0; i < tokens.size(); i++) {
                add(bits, tokens.get(i));
            }
        }
        return new TerminalMask(bits, null, exits, nodes);
    }

    void addTo(byte[] mask) {
        if (bits == null) {
            for (int token : tokens) {
                add(mask, token);
            }
            return;
        }
        for (int i = 0; i < bits.length; i++) {
            mask[i] |= bits[i];
        }
    }

    static void add(byte[] mask, int token) {
        mask[token >> 3] |= (byte) (1 << (token & 7));
    }

    long bytes() {
        long bytes = 100L + (bits == null ? 4L * tokens.length : bits.length);
        for (int[] list : nodes) {
            bytes += 20 + 4L * list.length;
        }
        return bytes;
    }
}
