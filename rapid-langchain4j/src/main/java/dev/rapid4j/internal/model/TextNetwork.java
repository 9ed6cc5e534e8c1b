package dev.rapid4j.internal.model;

import java.util.List;

/** A network that makes a vector of a text. */
public sealed interface TextNetwork extends LoadedNetwork permits TextEncoder, TextDecoder {

    NumberFormat numbers();

    /** Numbers of a text's vector. */
    int dimension();

    /** Most tokens of a text, control tokens included. */
    int maxTokens();

    /**
     * The vectors of texts, in one pass.
     *
     * @param texts ids with the control tokens around them
     * @return {@code [texts.size()][dimension]}, of length 1 if the checkpoint says so
     * @throws IllegalArgumentException if there is no text, or one has no token, more than {@link #maxTokens()} or one
     *     outside the vocabulary, or several have more than {@link #tokenBudget()} together
     */
    float[][] embed(List<int[]> texts);
}
