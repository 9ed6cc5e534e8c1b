package dev.rapid4j.internal.prompt;

import static org.assertj.core.api.Assertions.assertThat;

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
import dev.rapid4j.LongTextChoice;
import dev.rapid4j.chattemplate.ChatTemplate;
import dev.rapid4j.internal.text.Turn;
import dev.rapid4j.testing.Golden;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class PromptTemplateTest {

    private static final ToolSpecification CLOCK =
            ToolSpecification.builder().name("clock").description("The time").build();
    private static final ToolExecutionRequest FIRST = call("a", "{\"zone\": \"CET\"}");
    private static final ToolExecutionRequest SECOND = call("b", "{\"zone\": \"UTC\"}");
    private static final List<ChatMessage> TWO_CALLS = List.of(
            UserMessage.from("What time is it?"),
            AiMessage.from("Let me see.", List.of(FIRST, SECOND)),
            ToolExecutionResultMessage.from(FIRST, "13:00"),
            ToolExecutionResultMessage.from(SECOND, "12:00"));

    private static ToolExecutionRequest call(String id, String arguments) {
        return ToolExecutionRequest.builder()
                .id(id)
                .name("clock")
                .arguments(arguments)
                .build();
    }

    // ---- as transformers has it --------------------------------------------------------------------------------

    @TestFactory
    Stream<DynamicTest> rendersAsTransformersDoes() {
        JsonNode chats = Golden.json("chats.json");
        Clock clock =
                Clock.fixed(LocalDateTime.parse(chats.path("now").asText()).toInstant(ZoneOffset.UTC), ZoneOffset.UTC);
        return elements(chats.path("cases")).map(test -> {
            String name = test.path("template").asText();
            String title = test.path("conversation").asText();
            JsonNode conversation = chats.path("conversations").path(title);
            PromptTemplate template = template(ChatTemplate.parse(
                            chats.path("templates").path(name).asText(),
                            Map.of("bos_token", "<s>", "eos_token", "</s>"))
                    .withClock(clock));
            PromptOptions options = new PromptOptions(
                    test.path("tools").asBoolean()
                            ? elements(chats.path("tools"))
                                    .map(PromptTemplateTest::tool)
                                    .toList()
                            : List.of(),
                    test.path("thinking").isNull()
                            ? Optional.empty()
                            : Optional.of(test.path("thinking").asBoolean()),
                    true);
            return DynamicTest.dynamicTest(
                    name + ", " + title + ", " + options,
                    () -> assertThat(template.render(turns(messages(conversation)), options)
                                    .text())
                            .isEqualTo(test.path("rendered").asText()));
        });
    }

    private static Stream<JsonNode> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
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

    private static List<ChatMessage> messages(JsonNode conversation) {
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
                                            .map(PromptTemplateTest::call)
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

    private static List<Turn> turns(List<ChatMessage> messages) {
        return ConversationPrompt.of(messages, all -> new LongTextChoice(List.of(), "?"))
                .target();
    }

    private static PromptTemplate template(ChatTemplate template) {
        return new PromptTemplate(template, Optional.empty(), Map.of(), new HermesTexts());
    }

    // ---- what a template has no place for ----------------------------------------------------------------------

    private static String render(String template, List<ChatMessage> messages, ToolSpecification... tools) {
        return template(ChatTemplate.parse(template))
                .render(turns(messages), new PromptOptions(List.of(tools), Optional.empty(), false))
                .text();
    }
}
