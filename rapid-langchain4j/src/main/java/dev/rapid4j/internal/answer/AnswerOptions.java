package dev.rapid4j.internal.answer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import java.util.List;
import java.util.Optional;

/**
 * What an answer has to be like.
 *
 * @param tools those that may be called; each name once
 * @param strictJsonSchema whether every property of an object is written, {@code null} where the model has no value and
 *     the schema does not require one
 * @param thinking false: the answer begins at once; empty: as the chat template has it
 * @param maxThinkingTokens at least 0; empty: no limit of its own
 */
public record AnswerOptions(
        List<ToolSpecification> tools,
        ToolChoice toolChoice,
        ResponseFormat responseFormat,
        boolean strictJsonSchema,
        Optional<Boolean> thinking,
        Optional<Integer> maxThinkingTokens) {

    private static final ObjectMapper JSON = new ObjectMapper();

    public static final AnswerOptions PLAIN = new AnswerOptions(
            List.of(), ToolChoice.AUTO, ResponseFormat.TEXT, true, Optional.empty(), Optional.empty());

    public AnswerOptions {
        tools = List.copyOf(tools);
    }

    /** What an answer in JSON is held to; empty if it is not to be JSON, or any will do. */
    Optional<JsonNode> enforcedSchema() {
        return root().map(root -> JSON.valueToTree(JsonSchemaElementUtils.toMap(root, strictJsonSchema)));
    }

    /** What the model is told of that, as JSON; empty, too, if it has to call a tool. */
    public Optional<String> toldSchema() {
        return root().filter(root -> !mustCall())
                .map(root ->
                        JSON.valueToTree(JsonSchemaElementUtils.toMap(root)).toString());
    }

    private Optional<JsonSchemaElement> root() {
        return responseFormat.type() == ResponseFormatType.JSON
                ? Optional.ofNullable(responseFormat.jsonSchema()).map(JsonSchema::rootElement)
                : Optional.empty();
    }

    boolean mustCall() {
        return toolChoice == ToolChoice.REQUIRED;
    }

    /** The same, but that a tool has to be called only where there is one. */
    public AnswerOptions whateverTools() {
        return tools.isEmpty()
                ? new AnswerOptions(
                        tools, ToolChoice.AUTO, responseFormat, strictJsonSchema, thinking, maxThinkingTokens)
                : this;
    }

    /** The tools that the model is told of. */
    public List<ToolSpecification> offered() {
        return toolChoice == ToolChoice.NONE ? List.of() : tools;
    }
}
