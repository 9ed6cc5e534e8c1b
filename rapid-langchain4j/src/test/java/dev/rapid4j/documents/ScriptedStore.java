package dev.rapid4j.documents;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.store.embedding.EmbeddingMatch;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.langchain4j.store.embedding.EmbeddingSearchResult;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.filter.Filter;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A store in memory that does something else first, such as failing. */
class ScriptedStore implements EmbeddingStore<TextSegment> {

    final InMemoryEmbeddingStore<TextSegment> memory = new InMemoryEmbeddingStore<>();

    Consumer<EmbeddingSearchRequest> beforeSearch = request -> {};
    UnaryOperator<List<EmbeddingMatch<TextSegment>>> afterSearch = UnaryOperator.identity();
    Consumer<List<TextSegment>> beforeAdd = segments -> {};
    Consumer<Filter> beforeRemove = filter -> {};

    List<TextSegment> segments() {
        return memory
                .search(EmbeddingSearchRequest.builder()
                        .queryEmbedding(Embedding.from(new float[512]))
                        .maxResults(Integer.MAX_VALUE)
                        .build())
                .matches()
                .stream()
                .map(EmbeddingMatch::embedded)
                .toList();
    }

    @Override
    public EmbeddingSearchResult<TextSegment> search(EmbeddingSearchRequest request) {
        beforeSearch.accept(request);
        return new EmbeddingSearchResult<>(
                afterSearch.apply(memory.search(request).matches()));
    }

    @Override
    public void addAll(List<String> ids, List<Embedding> embeddings, List<TextSegment> segments) {
        beforeAdd.accept(segments);
        memory.addAll(ids, embeddings, segments);
    }

    @Override
    public void removeAll(Filter filter) {
        beforeRemove.accept(filter);
        memory.removeAll(filter);
    }

    @Override
    public String add(Embedding embedding) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void add(String id, Embedding embedding) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String add(Embedding embedding, TextSegment segment) {
        return memory.add(embedding, segment);
    }

    @Override
    public List<String> addAll(List<Embedding> embeddings) {
        throw new UnsupportedOperationException();
    }
}
