package dev.rapid4j.internal.tokenizer;

import java.nio.ByteBuffer;
import java.util.function.IntPredicate;

/**
 * A set of token ids. Immutable; a vocabulary of 152,000 tokens takes 19 KB.
 *
 * <p>Safe to use from several threads.
 */
public final class TokenSet {

    private final byte[] bits;
    private final int vocabulary;

    private TokenSet(byte[] bits, int vocabulary) {
        this.bits = bits;
        this.vocabulary = vocabulary;
    }

    /** The ids from 0 to below {@code vocabulary} that are in the set. */
    public static TokenSet of(int vocabulary, IntPredicate members) {
        byte[] bits = new byte[(vocabulary + 7) / 8];
        for (int id = 0; id < vocabulary; id++) {
            if (members.test(id)) {
                bits[id >> 3] |= (byte) (1 << (id & 7));
            }
        }
        return new TokenSet(bits, vocabulary);
    }

    /**
     * A set that is there as bits already, which are not copied and must not be changed any more.
     *
     * @param bits id i is bit i mod 8, from the lowest, of byte i div 8
     */
    public static TokenSet over(byte[] bits, int vocabulary) {
        if (bits.length != (vocabulary + 7) / 8) {
            throw new IllegalArgumentException(bits.length + " bytes are no set of " + vocabulary + " tokens");
        }
        return new TokenSet(bits, vocabulary);
    }

    public boolean contains(int id) {
        return id >= 0 && id < vocabulary && (bits[id >> 3] >> (id & 7) & 1) != 0;
    }

    /** One more than the highest id that can be in it. */
    public int vocabulary() {
        return vocabulary;
    }

    /** The least id from this one on that is in it; -1 if there is none. */
    public int next(int from) {
        if (from >= vocabulary) {
            return -1;
        }
        int at = from >> 3;
        int rest = bits[at] & (0xFF << (from & 7)) & 0xFF;
        while (rest == 0 && ++at < bits.length) {
            rest = bits[at] & 0xFF;
        }
        int id = 8 * at + Integer.numberOfTrailingZeros(rest);
        return rest == 0 || id >= vocabulary ? -1 : id;
    }

    /** Fills the rest of a buffer with the bits, as {@link #over} takes them, and zeros behind them. */
    public void copyTo(ByteBuffer into) {
        into.put(bits, 0, Math.min(bits.length, into.remaining()));
        while (into.hasRemaining()) {
            into.put((byte) 0);
        }
    }

    /** The bits, as {@link #over} takes them; a copy. */
    public byte[] bits() {
        return bits.clone();
    }
}
