package dev.rapid4j.spring;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import java.util.List;

/** Stands in for the embedding model of an application that has none, until a request needs one. */
record UnconfiguredEmbeddingModel() implements EmbeddingModel {

    static final String MESSAGE = "There is no embedding model, which finds the passages of texts longer than"
            + " langchain4j.rapid.draft-context-tokens: set " + RapidProperties.EMBEDDING_MODEL
            + " (BAAI/bge-m3, for instance), or define a bean of type EmbeddingModel; without one, such texts can only"
            + " be asked about in the modes LONG_CONTEXT, STREAMING_DRAFT and, with a drafter, NAIVE_SPECULATIVE.";

    @Override
    public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
        throw new InvalidRequestException(MESSAGE);
    }
}
