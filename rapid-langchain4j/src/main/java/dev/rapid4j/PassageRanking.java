package dev.rapid4j;

/** How passages are compared with the question. */
public enum PassageRanking {
    /** By the cosine similarity of the embedding model's vectors. */
    DENSE,
    /**
     * By all three views of BGE-M3, weighed as {@link dev.rapid4j.RankingWeights#DEFAULT}: names and numbers, which
     * dense vectors blur, are found by the tokens that question and passage have in common. Needs a
     * {@link dev.rapid4j.RapidEmbeddingModel}, and memory for a vector of each token of a text: at half precision 2 KB
     * a token for BGE-M3.
     */
    HYBRID
}
