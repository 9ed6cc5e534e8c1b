package dev.rapid4j.internal.grammar;

import dev.rapid4j.internal.tokenizer.TokenBytes;
import dev.rapid4j.internal.tokenizer.TokenSet;

/**
 * Makes machines of rules, for one vocabulary. Keep one for each tokenizer: it has the vocabulary in an order that
 * takes a tenth of a second to make, and what it has learned of one rule serves the next.
 *
 * <p>Safe to use from several threads, as are the states.
 */
public final class GrammarCompiler {

    /** @param endTokens those that end an answer */
    public GrammarCompiler(TokenBytes tokens, TokenSet endTokens) {}

    /**
     * Where a text that follows a rule begins.
     *
     * @throws UnsupportedSchemaException if a schema asks for what cannot be enforced, contradicts itself, or is too
     *     large
     */
    public GrammarState compile(Rule rule) {
        throw new UnsupportedOperationException("follows");
    }
}
