package dev.rapid4j.internal.retrieval;

import dev.langchain4j.model.TokenCountEstimator;
import dev.rapid4j.internal.text.Characters;

/**
 * Counts the tokens of texts that may be thousands of times longer than what a model reads: in pieces, and no more of
 * them than it takes, as a tokenizer needs many times the memory of what it is given.
 */
public final class TokenCounts {

    /** Of shorter pieces too many would be counted, as tokens are cut at their borders. */
    private static final int MIN_PIECE_CHARACTERS = 1024;

    private static final int MAX_PIECE_CHARACTERS = 1 << 16;

    /** About twice what tokens have in Latin script. */
    private static final long SHORT_CHARACTERS_PER_TOKEN = 8;

    private TokenCounts() {}

    /**
     * Whether a text has so few characters, measured by a number of tokens, that reading all of it is no more work than
     * finding out how much of it to read. It may have more tokens or fewer.
     */
    public static boolean isShort(CharSequence text, long tokens) {
        return text.length() <= SHORT_CHARACTERS_PER_TOKEN * Math.max(tokens, MIN_PIECE_CHARACTERS);
    }

    /**
     * How many tokens a text has: exactly, if they are no more than a limit; else about, but more than the limit.
     *
     * @param limit what the text is measured by; the more, the longer it takes
     * @param tokens counts tokens
     */
    public static long estimate(CharSequence text, long limit, TokenCountEstimator tokens) {
        if (!isShort(text, limit)) {
            // twice the limit, counted in pieces, is beyond doubt more than the limit
            long certain = 2 * Math.max(1, limit);
            int end = 0;
            for (long counted = 0; end < text.length(); ) {
                int next = cut(text, end, piece(certain));
                counted += tokens.estimateTokenCountInText(
                        text.subSequence(end, next).toString());
                end = next;
                if (counted > certain) {
                    return Math.round((double) counted / end * text.length());
                }
            }
        }
        return tokens.estimateTokenCountInText(text.toString());
    }

    /**
     * The end of a beginning that has about {@code wanted} tokens, or some more; the text's own end if it has fewer.
     * Never in the middle of a character.
     */
    public static int beginning(CharSequence text, long wanted, TokenCountEstimator tokens) {
        int end = 0;
        for (long counted = 0; end < text.length() && counted < wanted; ) {
            int next = cut(text, end, piece(wanted));
            counted +=
                    tokens.estimateTokenCountInText(text.subSequence(end, next).toString());
            end = next;
        }
        return end;
    }

    /** The start of an ending that has about {@code wanted} tokens, or some more; as {@link #beginning}. */
    public static int ending(CharSequence text, long wanted, TokenCountEstimator tokens) {
        int start = text.length();
        for (long counted = 0; start > 0 && counted < wanted; ) {
            int next = cut(text, start, -piece(wanted));
            counted += tokens.estimateTokenCountInText(
                    text.subSequence(next, start).toString());
            start = next;
        }
        return start;
    }

    /** As most characters are no more than a token, pieces of so many characters overshoot by little. */
    private static int piece(long tokens) {
        return (int) Math.min(Math.max(tokens, MIN_PIECE_CHARACTERS), MAX_PIECE_CHARACTERS);
    }

    private static int cut(CharSequence text, int from, int characters) {
        int cut = Math.max(0, Math.min(from + characters, text.length()));
        return Characters.splitsPair(text, cut) ? cut + Integer.signum(characters) : cut;
    }
}
