package dev.rapid4j.internal.model;

import java.util.List;

/** A network that scores pairs of texts. */
public sealed interface PairNetwork extends LoadedNetwork permits TextEncoder, PairDecoder {

    /**
     * The scores of pairs of texts, in one pass.
     *
     * @param pairs the ids of each pair's two texts, with all that stands around and between them
     * @param seconds of each pair the place from which on its tokens are of the second segment type
     * @return one a pair, unbounded
     * @throws IllegalArgumentException if there is no pair, or one has no token, more than the network reads or one
     *     outside the vocabulary, or several have more than {@link #tokenBudget()} together
     */
    double[] score(List<int[]> pairs, int[] seconds);
}
