package dev.rapid4j.internal.model;

import dev.rapid4j.internal.torch.Device;
import java.util.List;

/** A network with its weights on a device that makes a vector of a text. Safe to use from several threads. */
public sealed interface TextNetwork extends AutoCloseable permits TextEncoder, TextDecoder {

    String name();

    Device device();

    NumberFormat numbers();

    /** Numbers of a text's vector. */
    int dimension();

    /** Most tokens of a text, control tokens included. */
    int maxTokens();

    /** Memory of the weights in bytes, without those that are used memory-mapped. */
    long weightBytes();

    /** Most tokens of several texts in one pass. A single text may have {@link #maxTokens()}, which can be more. */
    int tokenBudget();

    /**
     * The vectors of texts, in one pass.
     *
     * @param texts ids with the control tokens around them
     * @return {@code [texts.size()][dimension]}, of length 1 if the checkpoint says so
     * @throws IllegalArgumentException if there is no text, or one has no token, more than {@link #maxTokens()} or one
     *     outside the vocabulary, or several have more than {@link #tokenBudget()} together
     */
    float[][] embed(List<int[]> texts);

    @Override
    void close();
}
