package dev.rapid4j.internal.grammar;

import dev.rapid4j.internal.tokenizer.TokenBytes;
import dev.rapid4j.internal.tokenizer.TokenSet;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * The tokens by their bytes, and what they do in automata, as far as that is known. Safe to use from several threads.
 */
final class Vocabulary {

    private final TokenBytes tokens;
    private final TokenSet endTokens;
    private final Trie trie;
    private final BitSet missing = new BitSet();
    private final TerminalMasks masks;

    Vocabulary(TokenBytes tokens, TokenSet endTokens) {
        this.tokens = tokens;
        this.endTokens = endTokens;
        trie = new Trie(IntStream.range(0, tokens.vocabulary())
                .mapToObj(id -> endTokens.contains(id) || tokens.of(id).length == 0 ? null : tokens.of(id))
                .toArray(byte[][]::new));
        for (int b = 0; b < 256; b++) {
            int node = trie.child(0, b);
            missing.set(b, node < 0 || trie.first(node) == trie.first(node + 1));
        }
        masks = new TerminalMasks(trie, tokens.vocabulary());
    }

    /** Ids from 0 to below this. */
    int size() {
        return tokens.vocabulary();
    }

    byte[] bytes(int token) {
        return tokens.of(token);
    }

    boolean isEnd(int token) {
        return endTokens.contains(token);
    }

    Trie trie() {
        return trie;
    }

    /** Bytes that are no token; without one of their own a text could come to where no token leads on. */
    BitSet missing() {
        return missing;
    }

    TerminalMasks masks() {
        return masks;
    }

    /** The tokens that may follow. */
    TokenSet allowed(Configuration configuration) {
        byte[] bits = new byte[(size() + 7) / 8];
        new Mask(this, bits).add(configuration);
        if (configuration.ended()) {
            byte[] ends = endTokens.bits();
            for (int i = 0; i < Math.min(bits.length, ends.length); i++) {
                bits[i] |= ends[i];
            }
        }
        return TokenSet.over(bits, size());
    }
}
