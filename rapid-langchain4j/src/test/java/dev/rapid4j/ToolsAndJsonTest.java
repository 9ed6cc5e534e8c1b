package dev.rapid4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.ReturnBehavior;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonBooleanSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.Result;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.testing.RealModels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** From the request to the response: calls and JSON are what they have to be, whatever the model has learned. */
@Timeout(300)
class ToolsAndJsonTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final List<ToolSpecification> TOOLS = List.of(
            ToolSpecification.builder()
                    .name("paint")
                    .description("Paints a wall")
                    .parameters(JsonObjectSchema.builder()
                            .addEnumProperty("colour", List.of("red", "blue"))
                            .addBooleanProperty("twice")
                            .required("colour", "twice")
                            .build())
                    .build(),
            ToolSpecification.builder().name("rest").build());

    /** It knows registers of lighthouses and nothing else; warm, it writes anything. */
    private static RapidEngine lighthouse;

    @BeforeAll
    static void load() {
        lighthouse = RapidEngine.builder().target(LighthouseModel.directory()).build();
    }

    @AfterAll
    static void close() {
        lighthouse.close();
    }

    private static ChatRequest ask(RapidChatRequestParameters.Builder parameters) {
        return ChatRequest.builder()
                .messages(UserMessage.from("Paint the wall, then rest."))
                .parameters(parameters.temperature(2.0).build())
                .build();
    }

    private static RapidChatRequestParameters.Builder calling() {
        return RapidChatRequestParameters.builder().toolSpecifications(TOOLS).toolChoice(ToolChoice.REQUIRED);
    }

    private static void assertCall(ToolExecutionRequest call) throws JsonProcessingException {
        JsonNode arguments = JSON.readTree(call.arguments());
        if (call.name().equals("rest")) {
            assertThat(arguments.isObject() && arguments.isEmpty()).isTrue();
        } else {
            assertThat(call.name()).isEqualTo("paint");
            assertThat(arguments.get("colour").asText()).isIn("red", "blue");
            assertThat(arguments.get("twice").isBoolean()).isTrue();
        }
    }

    @Test
    void callsAreOfToolsThatThereAreWhateverTheModelWouldWrite() throws JsonProcessingException {
        RapidChatModel model = RapidChatModel.builder().engine(lighthouse).build();
        for (int seed = 0; seed < 5; seed++) {
            ChatResponse response = model.chat(ask(calling().seed(seed)));
            assertThat(response.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
            assertThat(response.aiMessage().text()).isNull();
            assertThat(response.aiMessage().toolExecutionRequests()).isNotEmpty();
            for (ToolExecutionRequest call : response.aiMessage().toolExecutionRequests()) {
                assertCall(call);
            }
        }
    }

    @Test
    void callsAreStreamedPieceByPiece() throws ExecutionException, InterruptedException {
        Map<Integer, StringBuilder> arguments = new LinkedHashMap<>();
        List<CompleteToolCall> complete = new ArrayList<>();
        CompletableFuture<ChatResponse> answer = new CompletableFuture<>();
        RapidStreamingChatModel model =
                RapidStreamingChatModel.builder().engine(lighthouse).build();
        model.chat(ask(calling().seed(3)), new StreamingChatResponseHandler() {
            @Override
            public void onPartialToolCall(PartialToolCall call) {
                arguments
                        .computeIfAbsent(call.index(), index -> new StringBuilder())
                        .append(call.partialArguments());
            }

            @Override
            public void onCompleteToolCall(CompleteToolCall call) {
                complete.add(call);
            }

            @Override
            public void onPartialResponse(String text) {
                onError(new AssertionError(text));
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                answer.complete(response);
            }

            @Override
            public void onError(Throwable error) {
                answer.completeExceptionally(error);
            }
        });

        List<ToolExecutionRequest> calls = answer.get().aiMessage().toolExecutionRequests();
        assertThat(complete.stream().map(CompleteToolCall::toolExecutionRequest))
                .isEqualTo(calls)
                .isNotEmpty();
        for (CompleteToolCall call : complete) {
            assertThat(arguments.get(call.index()))
                    .hasToString(call.toolExecutionRequest().arguments());
        }
    }

    @Test
    void jsonFollowsItsSchemaOrEndsForLength() throws JsonProcessingException {
        RapidChatModel model = RapidChatModel.builder().engine(lighthouse).build();
        ResponseFormat raw = format(JsonSchema.builder()
                .name("Flags")
                .rootElement(JsonRawSchema.from("""
                        {"type": "object", "properties": {"on": {"type": "boolean"}, "level": {"enum": [1, 2]}},
                         "required": ["on", "level"], "additionalProperties": false}"""))
                .build());
        for (int seed = 0; seed < 5; seed++) {
            ChatResponse response = model.chat(
                    ask(RapidChatRequestParameters.builder().seed(seed).responseFormat(raw)));
            JsonNode json = JSON.readTree(response.aiMessage().text());
            assertThat(json.get("on").isBoolean()).isTrue();
            assertThat(json.get("level").asInt()).isBetween(1, 2);
            assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
        }
        ChatResponse cut = model.chat(
                ask(RapidChatRequestParameters.builder().maxOutputTokens(2).responseFormat(raw)));
        assertThat(cut.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(cut.aiMessage().text()).startsWith("{");
    }

    private static ResponseFormat format(JsonSchema schema) {
        return ResponseFormat.builder()
                .type(ResponseFormatType.JSON)
                .jsonSchema(schema)
                .build();
    }

    @Test
    void whatCannotBeIsRefusedBeforeItWaits() {
        RapidChatModel model = RapidChatModel.builder().engine(lighthouse).build();
        assertThatThrownBy(() ->
                        model.chat(ask(RapidChatRequestParameters.builder().toolChoice(ToolChoice.REQUIRED))))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("there are no tools");
        assertThatThrownBy(() -> model.chat(
                        ask(RapidChatRequestParameters.builder().toolSpecifications(TOOLS.get(0), TOOLS.get(0)))))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("'paint'");
        assertThatThrownBy(() -> model.chat(ask(RapidChatRequestParameters.builder()
                        .toolSpecifications(ToolSpecification.builder().build()))))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("no name");
        assertThatThrownBy(() -> model.chat(ask(RapidChatRequestParameters.builder()
                        .responseFormat(
                                format(JsonSchema.builder().name("Rootless").build())))))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("rootElement");
        JsonSchema nothing = JsonSchema.builder()
                .name("Nothing")
                .rootElement(JsonObjectSchema.builder()
                        .addProperty("a", JsonRawSchema.from("{\"type\": \"integer\", \"minimum\": 2, \"maximum\": 1}"))
                        .addProperty("b", new JsonBooleanSchema())
                        .required("a")
                        .build())
                .build();
        assertThatThrownBy(() ->
                        model.chat(ask(RapidChatRequestParameters.builder().responseFormat(format(nothing)))))
                .isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> model.chat(ask(calling().maxOutputTokens(3))))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("in the middle of a call")
                .hasMessageContaining("maxOutputTokens");
    }

    record Person(String name, int age) {}

    interface Reader {
        Person person(String text);
    }

    interface Weatherman {
        Result<String> answer(String question);
    }

    static final class Weather {

        private final List<String> asked = new ArrayList<>();

        @Tool(value = "Returns the weather in a city", returnBehavior = ReturnBehavior.IMMEDIATE)
        String weather(@P(name = "city", value = "the city") String city) {
            asked.add(city);
            return "sunny";
        }
    }

    @Test
    void aRealModelFillsARecordAndCallsATool() {
        Weather weather = new Weather();
        try (RapidChatModel model =
                RapidChatModel.builder().target(RealModels.qwenCoder()).build()) {
            Reader reader = AiServices.create(Reader.class, model);
            assertThat(reader.person("Klaus is 37 years old and lives in Hamburg."))
                    .isEqualTo(new Person("Klaus", 37));

            AiServices.builder(Weatherman.class)
                    .chatModel(model)
                    .tools(weather)
                    .build()
                    .answer("What is the weather in Munich?");
            assertThat(weather.asked).containsExactly("Munich");
        }
    }
}
