package dev.rapid4j.samples.webchat.documents;

import dev.langchain4j.model.TokenCountEstimator;
import dev.rapid4j.samples.webchat.problem.Problem.Kind;
import dev.rapid4j.samples.webchat.problem.ProblemException;
import java.util.function.Supplier;

/** Counts the tokens of texts of any length, in pieces: a tokenizer takes much memory for each token. */
public final class TokenCount {

    private static final int PIECE_CHARACTERS = 100_000;

    private final Supplier<TokenCountEstimator> estimator;
    private final int maxTokens;

    /**
     * @param estimator counts as the model does; throws a {@link ProblemException} while there is no model
     * @param maxTokens of a text
     */
    public TokenCount(Supplier<TokenCountEstimator> estimator, int maxTokens) {
        this.estimator = estimator;
        this.maxTokens = maxTokens;
    }

    /**
     * How many tokens a text has, give or take one for each 100,000 characters.
     *
     * @throws ProblemException if there are too many, or there is no model
     */
    public int of(String text) {
        TokenCountEstimator model = estimator.get();
        long tokens = 0;
        for (int start = 0; start < text.length(); ) {
            int end = pieceEnd(text, start);
            tokens += model.estimateTokenCountInText(text.substring(start, end));
            start = end;
            if (tokens > maxTokens) {
                throw new ProblemException(
                        Kind.TOO_LARGE,
                        "The document is too long",
                        "It has about %,d tokens; up to %,d can be searched for passages. Split it, or leave out what you do not need."
                                .formatted(tokens * text.length() / end, maxTokens));
            }
        }
        return (int) tokens;
    }

    /** Where a piece ends: behind white space, if there is some. */
    private static int pieceEnd(String text, int start) {
        int end = Math.min(start + PIECE_CHARACTERS, text.length());
        if (end == text.length()) {
            return end;
        }
        for (int i = end; i > start + PIECE_CHARACTERS / 2; i--) {
            if (Character.isWhitespace(text.charAt(i - 1))) {
                return i;
            }
        }
        return Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end;
    }
}
