package dev.rapid4j.internal.tokenizer;

/**
 * Tokens of a text, and where each stands in it.
 *
 * @param starts the first character of each token; -1 if it stands for none; empty if nobody asks
 * @param ends the character behind it, in the same way
 */
public record PlacedTokens(int[] ids, int[] starts, int[] ends) {

    /** Tokens whose places nobody asks for. */
    public PlacedTokens(int[] ids) {
        this(ids, new int[0], new int[0]);
    }
}
