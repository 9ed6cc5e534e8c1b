package dev.rapid4j;

import dev.langchain4j.data.embedding.Embedding;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A text in BGE-M3's three views.
 *
 * @param dense the dense vector, normalised
 * @param lexicalWeights how much each of the text's tokens counts, by token id; above 0, control tokens left out, the
 *     most important first
 * @param tokenVectors one vector for each token but the first, which stands for the whole text; normalised,
 *     {@code [tokens - 1][dimension]}
 */
public record BgeM3Embedding(Embedding dense, Map<Integer, Float> lexicalWeights, float[][] tokenVectors) {

    public BgeM3Embedding {
        Objects.requireNonNull(dense, "dense");
        lexicalWeights = Collections.unmodifiableMap(new LinkedHashMap<>(lexicalWeights));
        Objects.requireNonNull(tokenVectors, "tokenVectors");
    }
}
