package dev.rapid4j.samples.webchat.openai;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.langchain4j.store.embedding.RelevanceScore;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * The body of {@code POST /v1/rerank}.
 *
 * @param documents strings, or objects with a {@code text}
 * @param topN how many of the best are wanted; all if it is not said
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record RerankRequest(String model, String query, List<JsonNode> documents, Integer topN, Boolean returnDocuments) {

    private static final int MAX_DOCUMENTS = 1_000;

    /** The answer: the best first. */
    record Ranking(String id, String model, List<Result> results, EmbeddingsRequest.Usage usage) {}

    /**
     * @param index of the document in the request
     * @param relevanceScore as {@link #relevance} has it
     * @param document {@code null} unless it was asked for
     */
    record Result(int index, double relevanceScore, Document document) {}

    record Document(String text) {}

    /** @throws OpenAiException if a query or documents are missing, or something is out of range */
    List<String> texts() {
        if (query == null || query.isBlank()) {
            throw OpenAiException.invalid("query", null, "query must be a text");
        }
        if (topN != null && topN < 1) {
            throw OpenAiException.invalid("top_n", "invalid_value", "top_n must be at least 1");
        }
        if (documents == null) {
            throw OpenAiException.invalid("documents", null, "documents are missing: an array of texts");
        }
        List<JsonNode> texts = documents.stream()
                .map(document -> document != null && document.isObject() ? document.path("text") : document)
                .toList();
        return EmbeddingsRequest.texts(texts, "documents", MAX_DOCUMENTS);
    }

    /**
     * From 0 to 1.
     *
     * @param score as passages have it: a cosine, or a mean with one that has no upper limit
     */
    static double relevance(double score) {
        return Math.max(0, Math.min(1, RelevanceScore.fromCosineSimilarity(score)));
    }

    int most() {
        return topN == null ? Integer.MAX_VALUE : topN;
    }

    Document returned(String text) {
        return Boolean.TRUE.equals(returnDocuments) ? new Document(text) : null;
    }
}
