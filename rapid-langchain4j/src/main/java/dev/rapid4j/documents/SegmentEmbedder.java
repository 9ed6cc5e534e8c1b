package dev.rapid4j.documents;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.Response;
import java.util.List;

/** Embeds questions and segments, each as the model wants them if it makes a difference, and checks what comes back. */
record SegmentEmbedder(EmbeddingModel model) {

    /** @throws LangChain4jException if the model fails, or what it returns are no embeddings */
    Embedding question(String text) {
        return embed(List.of(TextSegment.from(text)), EmbeddingInputType.QUERY, "the question")
                .content()
                .get(0);
    }

    /** @throws LangChain4jException if the model fails, or what it returns are no embeddings */
    Response<List<Embedding>> segments(List<TextSegment> segments) {
        return embed(segments, EmbeddingInputType.DOCUMENT, segments.size() + " segments");
    }

    private Response<List<Embedding>> embed(List<TextSegment> segments, EmbeddingInputType type, String what) {
        Response<List<Embedding>> response;
        try {
            response = call(segments, type);
        } catch (LangChain4jException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new LangChain4jException(
                    "The embedding model " + model.modelName() + " failed on " + what + ": " + e.getMessage(), e);
        }
        int returned = response.content() == null ? 0 : response.content().size();
        if (returned != segments.size()) {
            throw new LangChain4jException("The embedding model " + model.modelName() + " returned " + returned
                    + " vectors for " + what + ", expected " + segments.size());
        }
        for (Embedding embedding : response.content()) {
            for (float x : embedding.vector()) {
                if (!Float.isFinite(x)) {
                    throw new LangChain4jException("The embedding model " + model.modelName()
                            + " returned a vector with NaN or infinite numbers for " + what
                            + "; check the model, or its precision");
                }
            }
        }
        return response;
    }

    private Response<List<Embedding>> call(List<TextSegment> segments, EmbeddingInputType type) {
        if (!model.supportedParameters().contains(EmbeddingRequestParameters.INPUT_TYPE)) {
            // models from before there were requests implement this one
            return model.embedAll(segments);
        }
        EmbeddingResponse response = model.embed(EmbeddingRequest.builder()
                .textSegments(segments)
                .inputType(type)
                .build());
        return Response.from(response.embeddings(), response.tokenUsage());
    }
}
