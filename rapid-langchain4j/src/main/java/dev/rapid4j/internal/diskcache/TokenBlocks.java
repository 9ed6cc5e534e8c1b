package dev.rapid4j.internal.diskcache;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Tokens in blocks, each with a key that depends on all tokens up to its end: a prefix is found without an index. */
public final class TokenBlocks {

    /** Tokens of a block. */
    public static final int TOKENS = 256;

    private TokenBlocks() {}

    /**
     * The whole blocks of the first {@code length} tokens.
     *
     * @param root of what keys and values depend on beside the tokens
     */
    public static List<Header> of(Key root, int[] tokens, int length) {
        List<Header> blocks = new ArrayList<>(length / TOKENS);
        Key parent = root;
        for (int from = 0; from + TOKENS <= length; from += TOKENS) {
            ByteBuffer label = ByteBuffer.allocate(TOKENS * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            label.asIntBuffer().put(tokens, from, TOKENS);
            Key key = parent.with(label.array());
            blocks.add(new Header(Header.Kind.KEYS_AND_VALUES, key, parent, label.array()));
            parent = key;
        }
        return blocks;
    }

    /** The tokens of a block. */
    public static int[] tokens(Header block) {
        int[] tokens = new int[block.label().length / Integer.BYTES];
        ByteBuffer.wrap(block.label())
                .order(ByteOrder.LITTLE_ENDIAN)
                .asIntBuffer()
                .get(tokens);
        return tokens;
    }
}
