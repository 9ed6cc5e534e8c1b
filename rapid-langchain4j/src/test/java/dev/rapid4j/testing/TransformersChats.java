package dev.rapid4j.testing;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.json.JsonArraySchema;
import dev.langchain4j.model.chat.request.json.JsonBooleanSchema;
import dev.langchain4j.model.chat.request.json.JsonEnumSchema;
import dev.langchain4j.model.chat.request.json.JsonIntegerSchema;
import dev.langchain4j.model.chat.request.json.JsonNumberSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.request.json.JsonStringSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Conversations and tools as transformers has them, as LangChain4j has them. */
public final class TransformersChats {

    private TransformersChats() {}

    private static Stream<JsonNode> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    public static List<ToolSpecification> tools(JsonNode tools) {
        return elements(tools).map(TransformersChats::tool).toList();
    }

    private static ToolSpecification tool(JsonNode tool) {
        JsonNode function = tool.path("function");
        return ToolSpecification.builder()
                .name(function.path("name").asText())
                .description(function.path("description").asText())
                .parameters((JsonObjectSchema) schema(function.path("parameters")))
                .build();
    }

    private static JsonSchemaElement schema(JsonNode schema) {
        String description =
                schema.has("description") ? schema.path("description").asText() : null;
        if (schema.has("enum")) {
            return JsonEnumSchema.builder()
                    .description(description)
                    .enumValues(
                            elements(schema.path("enum")).map(JsonNode::asText).toList())
                    .build();
        }
        return switch (schema.path("type").asText()) {
            case "string" -> JsonStringSchema.builder().description(description).build();
            case "integer" -> JsonIntegerSchema.builder().build();
            case "number" -> JsonNumberSchema.builder().build();
            case "boolean" -> JsonBooleanSchema.builder().build();
            case "array" ->
                JsonArraySchema.builder().items(schema(schema.path("items"))).build();
            default -> {
                JsonObjectSchema.Builder object = JsonObjectSchema.builder();
                schema.path("properties")
                        .properties()
                        .forEach(property -> object.addProperty(property.getKey(), schema(property.getValue())));
                if (schema.has("required")) {
                    object.required(elements(schema.path("required"))
                            .map(JsonNode::asText)
                            .toList());
                }
                yield object.build();
            }
        };
    }

    public static List<ChatMessage> messages(JsonNode conversation) {
        List<ChatMessage> messages = new ArrayList<>();
        for (JsonNode message : conversation) {
            String content = message.path("content").textValue();
            messages.add(
                    switch (message.path("role").asText()) {
                        case "system" -> SystemMessage.from(content);
                        case "user" -> UserMessage.from(content);
                        case "tool" ->
                            ToolExecutionResultMessage.from(
                                    message.path("tool_call_id").asText(),
                                    message.path("name").asText(),
                                    content);
                        default ->
                            AiMessage.builder()
                                    .text(content)
                                    .thinking(message.path("reasoning_content").textValue())
                                    .toolExecutionRequests(elements(message.path("tool_calls"))
                                            .map(TransformersChats::call)
                                            .toList())
                                    .build();
                    });
        }
        return messages;
    }

    private static ToolExecutionRequest call(JsonNode call) {
        return ToolExecutionRequest.builder()
                .id(call.path("id").asText())
                .name(call.path("function").path("name").asText())
                .arguments(call.path("function").path("arguments").toString())
                .build();
    }
}
