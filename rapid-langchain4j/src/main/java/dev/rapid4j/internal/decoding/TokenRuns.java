package dev.rapid4j.internal.decoding;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Recognises tokens of a text among others, whatever stands around it: by runs of them, since those at its borders may
 * be merged with what stands beside; of a short text by all between its borders. Runs are compared by their hashes, so
 * that very rarely too much is recognised.
 */
public final class TokenRuns {

    /** So many tokens in a row are hardly ever the same by chance. */
    static final int LONGEST_RUN = 32;

    /** Tokens of a text that can be told from others. */
    public static final int LEAST_TOKENS = 8;

    private static final long FACTOR = 0x9E37_79B9_7F4A_7C15L;

    private final int run;
    private final long[] hashes;

    /**
     * @param text the tokens of the text by itself
     * @throws IllegalArgumentException if these are fewer than {@link #LEAST_TOKENS}
     */
    public TokenRuns(int[] text) {
        if (text.length < LEAST_TOKENS) {
            throw new IllegalArgumentException(text.length + " tokens stand in many texts");
        }
        run = Math.min(LONGEST_RUN, text.length - 2);
        hashes = hashes(text);
        Arrays.sort(hashes);
    }

    /** Which of some tokens belong to a run of the text. */
    BitSet in(int[] tokens) {
        BitSet found = new BitSet();
        long[] others = hashes(tokens);
        for (int i = 0; i < others.length; i++) {
            if (Arrays.binarySearch(hashes, others[i]) >= 0) {
                found.set(i, i + run);
            }
        }
        return found;
    }

    /** Tokens of a run. */
    int length() {
        return run;
    }

    /** Of each run, by the place where it begins. */
    private long[] hashes(int[] tokens) {
        if (tokens.length < run) {
            return new long[0];
        }
        long[] result = new long[tokens.length - run + 1];
        long leaving = 1;
        for (int i = 1; i < run; i++) {
            leaving *= FACTOR;
        }
        long hash = 0;
        for (int i = 0; i < tokens.length; i++) {
            hash = hash * FACTOR + tokens[i] + 1;
            if (i >= run - 1) {
                result[i - run + 1] = hash;
                hash -= (tokens[i - run + 1] + 1L) * leaving;
            }
        }
        return result;
    }
}
