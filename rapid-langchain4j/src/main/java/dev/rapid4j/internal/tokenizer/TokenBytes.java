package dev.rapid4j.internal.tokenizer;

import java.util.Arrays;
import java.util.OptionalInt;

/**
 * What each token adds to a text: its bytes in UTF-8, of which a token may have half a character, as decoding gives
 * them in the middle of a text. Immutable.
 */
public final class TokenBytes {

    private final byte[] bytes;
    private final int[] starts;
    /** Of each byte the first token that is nothing else, or -1. */
    private final int[] single = new int[256];

    /** @param starts where the bytes of each id start, and where those of the last end */
    private TokenBytes(byte[] bytes, int[] starts) {
        this.bytes = bytes;
        this.starts = starts;
        Arrays.fill(single, -1);
        for (int id = vocabulary() - 1; id >= 0; id--) {
            if (starts[id + 1] - starts[id] == 1) {
                single[bytes[starts[id]] & 0xFF] = id;
            }
        }
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

    /**
     * The bytes of a token; none for control tokens, and for ids that no token has: models often have more logits than
     * their vocabulary has tokens.
     */
    public byte[] of(int id) {
        return id >= vocabulary() ? new byte[0] : Arrays.copyOfRange(bytes, starts[id], starts[id + 1]);
    }

    /** A token that is just this byte. */
    public OptionalInt token(byte value) {
        int id = single[value & 0xFF];
        return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
    }
}
