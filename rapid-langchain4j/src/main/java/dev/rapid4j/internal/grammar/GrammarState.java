package dev.rapid4j.internal.grammar;

import dev.rapid4j.internal.tokenizer.TokenSet;

/** A place in a text that follows a {@link Rule}: what has been written so far, and what may follow. Immutable. */
public final class GrammarState {

    GrammarState() {}

    /** The tokens of which the next is one: control tokens where they may come, end tokens if {@link #canEnd}. */
    public TokenSet allowed() {
        throw new UnsupportedOperationException("follows");
    }

    /**
     * The place behind one more token.
     *
     * @throws IllegalArgumentException if the token is not {@link #allowed}, or an end token
     */
    public GrammarState after(int token) {
        throw new UnsupportedOperationException("follows");
    }

    /**
     * The text that has to come now, as far as there is no choice. White space, where there is a choice, is taken to be
     * as it was before in this text; so it is a proposal. Empty where there is a choice at once.
     */
    public String certain() {
        throw new UnsupportedOperationException("follows");
    }

    /** Whether what is written is whole. */
    public boolean canEnd() {
        throw new UnsupportedOperationException("follows");
    }

    /** Whether it is whole and nothing can follow. */
    public boolean complete() {
        throw new UnsupportedOperationException("follows");
    }
}
