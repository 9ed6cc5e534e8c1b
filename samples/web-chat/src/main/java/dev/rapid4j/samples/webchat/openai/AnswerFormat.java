package dev.rapid4j.samples.webchat.openai;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import tools.jackson.databind.JsonNode;

/** The {@code response_format} of a request. */
@JsonIgnoreProperties(ignoreUnknown = true)
record AnswerFormat(String type, Schema jsonSchema) {

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Schema(String name, JsonNode schema) {}

    /** @throws OpenAiException if it is none */
    ResponseFormat responseFormat() {
        return switch (type == null ? "" : type) {
            case "text" -> ResponseFormat.TEXT;
            case "json_object" -> ResponseFormat.JSON;
            case "json_schema" -> bySchema();
            default ->
                throw OpenAiException.invalid(
                        "response_format.type",
                        "invalid_value",
                        "response_format.type is text, json_object or json_schema");
        };
    }

    private ResponseFormat bySchema() {
        if (jsonSchema == null || jsonSchema.schema == null || !jsonSchema.schema.isObject()) {
            throw OpenAiException.invalid(
                    "response_format.json_schema.schema", null, "A JSON schema is needed, which is an object");
        }
        return ResponseFormat.builder()
                .type(ResponseFormatType.JSON)
                .jsonSchema(JsonSchema.builder()
                        .name(jsonSchema.name == null || jsonSchema.name.isBlank() ? "answer" : jsonSchema.name)
                        .rootElement(JsonRawSchema.from(jsonSchema.schema.toString()))
                        .build())
                .build();
    }
}
