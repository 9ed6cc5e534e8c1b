package dev.rapid4j.internal.retrieval;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.store.embedding.CosineSimilarity;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.rapid4j.Passage;
import java.util.List;

/** Passages in an embedding store, found by their vectors. */
record DenseIndex(EmbeddingStore<TextSegment> store, int dimension, long bytes) implements Index {

    /**
     * @param store empty
     * @param segments at least one
     * @param embeddings one for each segment, normalised
     */
    static DenseIndex of(EmbeddingStore<TextSegment> store, List<TextSegment> segments, List<Embedding> embeddings) {
        store.addAll(embeddings, segments);
        int dimension = embeddings.get(0).dimension();
        long vectors = (long) segments.size() * dimension * Float.BYTES;
        return new DenseIndex(store, dimension, Index.textBytes(segments) + vectors);
    }

    @Override
    public List<Passage> search(Question question, int source, int maxPassages) {
        EmbeddingSearchRequest request = EmbeddingSearchRequest.builder()
                .queryEmbedding(question.dense(dimension))
                .maxResults(maxPassages)
                .build();
        return store.search(request).matches().stream()
                .map(match ->
                        Index.passage(match.embedded(), source, CosineSimilarity.fromRelevanceScore(match.score())))
                .toList();
    }

    @Override
    public void close() {}
}
