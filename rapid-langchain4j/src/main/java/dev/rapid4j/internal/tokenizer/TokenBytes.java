package dev.rapid4j.internal.tokenizer;

import java.util.Arrays;

/**
 * What each token adds to a text: its bytes in UTF-8, of which a token may have half a character, as decoding gives
 * them in the middle of a text. Immutable.
 */
public final class TokenBytes {

    private final byte[] bytes;
    private final int[] starts;

    /** @param starts where the bytes of each id start, and where those of the last end */
    private TokenBytes(byte[] bytes, int[] starts) {
        this.bytes = bytes;
        this.starts = starts;
    }

    /** @param tokens by id, {@code null} or empty for those that are no text */
    public static TokenBytes of(byte[][] tokens) {
        int[] starts = new int[tokens.length + 1];
        for (int id = 0; id < tokens.length; id++) {
            starts[id + 1] = starts[id] + (tokens[id] == null ? 0 : tokens[id].length);
        }
        byte[] bytes = new byte[starts[tokens.length]];
        for (int id = 0; id < tokens.length; id++) {
            if (tokens[id] != null) {
                System.arraycopy(tokens[id], 0, bytes, starts[id], tokens[id].length);
            }
        }
        return new TokenBytes(bytes, starts);
    }

    /** One more than the highest id. */
    public int vocabulary() {
        return starts.length - 1;
    }

    /** The bytes of a token; none for control tokens, and for ids that no token has. */
    public byte[] of(int id) {
        return Arrays.copyOfRange(bytes, starts[id], starts[id + 1]);
    }
}
