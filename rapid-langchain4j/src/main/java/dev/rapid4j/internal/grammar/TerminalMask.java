package dev.rapid4j.internal.grammar;

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
