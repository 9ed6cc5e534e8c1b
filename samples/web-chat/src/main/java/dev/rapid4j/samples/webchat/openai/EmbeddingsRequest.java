package dev.rapid4j.samples.webchat.openai;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.TokenUsage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/**
 * The body of {@code POST /v1/embeddings}.
 *
 * @param dimensions only the model's own can be had
 * @param inputType an extension: whether the texts are questions or documents, for models that make a difference
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record EmbeddingsRequest(String model, JsonNode input, String encodingFormat, Integer dimensions, String inputType) {

    /** As many as OpenAI takes. */
    private static final int MAX_TEXTS = 2_048;

    /** The answer. */
    record Embeddings(String object, List<Data> data, String model, Usage usage) {

        /** @param embedding an array of numbers, or little-endian 32-bit numbers in Base64 */
        record Data(String object, int index, Object embedding) {}

        static Embeddings of(EmbeddingsRequest asked, EmbeddingResponse response) {
            boolean base64 = "base64".equals(asked.encodingFormat);
            List<Data> data = IntStream.range(0, response.embeddings().size())
                    .mapToObj(index -> {
                        float[] vector = response.embeddings().get(index).vector();
                        return new Data("embedding", index, base64 ? base64(vector) : vector);
                    })
                    .toList();
            int tokens = tokens(response.tokenUsage());
            return new Embeddings("list", data, asked.model, new Usage(tokens, tokens));
        }

        private static String base64(float[] vector) {
            ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (float value : vector) {
                bytes.putFloat(value);
            }
            return Base64.getEncoder().encodeToString(bytes.array());
        }
    }

    record Usage(int promptTokens, int totalTokens) {}

    /** @param usage {@code null} if the model does not count */
    static int tokens(TokenUsage usage) {
        return usage == null || usage.inputTokenCount() == null ? 0 : usage.inputTokenCount();
    }

    /** @throws OpenAiException if there are none, too many, or something else */
    List<String> texts() {
        if (encodingFormat != null && !List.of("float", "base64").contains(encodingFormat)) {
            throw OpenAiException.invalid("encoding_format", "invalid_value", "encoding_format is float or base64");
        }
        if (input == null || input.isNull()) {
            throw OpenAiException.invalid("input", null, "input is missing: a string, or an array of them");
        }
        return texts(input.isArray() ? input.valueStream().toList() : List.of(input), "input", MAX_TEXTS);
    }

    static List<String> texts(List<JsonNode> nodes, String param, int most) {
        if (nodes.isEmpty() || nodes.size() > most) {
            throw OpenAiException.invalid(param, "invalid_value", param + " must hold 1 to " + most + " texts");
        }
        for (JsonNode node : nodes) {
            if (node == null || !node.isString()) {
                throw OpenAiException.invalid(
                        param, "invalid_type", param + " must be of strings; tokens are not read");
            }
            // control characters, too: LangChain4j takes a text of nothing else for none
            if (node.stringValue().isBlank() || node.stringValue().trim().isEmpty()) {
                throw OpenAiException.invalid(param, "invalid_value", param + " must not hold an empty text");
            }
        }
        return nodes.stream().map(JsonNode::stringValue).toList();
    }

    /** {@code null} if it is not said. */
    EmbeddingInputType type() {
        return switch (inputType == null ? "" : inputType) {
            case "" -> null;
            case "query", "search_query" -> EmbeddingInputType.QUERY;
            case "document", "passage", "search_document" -> EmbeddingInputType.DOCUMENT;
            default -> throw OpenAiException.invalid("input_type", "invalid_value", "input_type is query or document");
        };
    }
}
