package dev.rapid4j.samples.webchat.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonIntegerSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.request.json.JsonStringSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiChatRequestParameters;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.openai.OpenAiTokenUsage;
import dev.langchain4j.model.output.FinishReason;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.samples.webchat.RunningServer;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Tools, JSON and thinking over the wire, with answers that are written down. */
@Import(ScriptedAnswers.class)
class OpenAiToolsTest extends RunningServer {

    private static final ToolSpecification RATE = ToolSpecification.builder()
            .name("exchange_rate")
            .description("How much a currency is worth")
            .parameters(JsonObjectSchema.builder()
                    .addProperty(
                            "currency",
                            JsonStringSchema.builder().description("ISO 4217").build())
                    .addProperty("year", new JsonIntegerSchema())
                    .required("currency")
                    .build())
            .build();
    private static final ToolSpecification NOW =
            ToolSpecification.builder().name("now").build();

    private static final ToolExecutionRequest CALL = ToolExecutionRequest.builder()
            .id("call_1")
            .name("exchange_rate")
            .arguments("{\"currency\": \"EUR\", \"year\": 2024}")
            .build();
    private static final ToolExecutionRequest SECOND_CALL = ToolExecutionRequest.builder()
            .id("call_2")
            .name("now")
            .arguments("{}")
            .build();

    /** Of a model's name and the properties of its arguments. */
    private static final String TOOL_WITH = """
            {"model": "%s", "messages": [{"role": "user", "content": "?"}],
             "tools": [{"type": "function", "function": {"name": "now", "parameters": {"properties": %s}}}]}""";

    @Autowired
    private ScriptedAnswers scripted;

    private OpenAiChatModel client() {
        return OpenAiChatModel.builder()
                .baseUrl(address("/v1"))
                .apiKey(KEY)
                .modelName(engine.modelName())
                .returnThinking(true)
                .maxRetries(0)
                .build();
    }

    private static AiMessage calling(String text, ToolExecutionRequest... calls) {
        return AiMessage.builder()
                .text(text)
                .toolExecutionRequests(List.of(calls))
                .build();
    }

    private static ChatRequest request(ChatRequestParameters parameters, ChatMessage... messages) {
        return ChatRequest.builder().messages(messages).parameters(parameters).build();
    }

    @Test
    void aClientsToolsCallsAndResultsArriveAsTheyWere() {
        scripted.answers.add(calling("Let me see.", CALL, SECOND_CALL));
        UserMessage question = UserMessage.from("What is it worth?");
        ChatRequestParameters parameters = ChatRequestParameters.builder()
                .toolSpecifications(RATE, NOW)
                .toolChoice(ToolChoice.REQUIRED)
                .build();

        ChatResponse response = client().chat(request(parameters, question));

        assertThat(response.aiMessage()).isEqualTo(calling("Let me see.", CALL, SECOND_CALL));
        assertThat(response.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
        assertThat(scripted.asked.toolChoice()).isEqualTo(ToolChoice.REQUIRED);
        assertThat(scripted.asked.toolSpecifications())
                .extracting(ToolSpecification::name)
                .containsExactly("exchange_rate", "now");
        ToolSpecification arrived = scripted.asked.toolSpecifications().get(0);
        assertThat(arrived.description()).isEqualTo(RATE.description());
        assertThat(JsonSchemaElementUtils.toMap(arrived.parameters()))
                .isEqualTo(JsonSchemaElementUtils.toMap(RATE.parameters()));

        scripted.answers.add(AiMessage.from("Much."));
        client().chat(request(
                parameters,
                question,
                response.aiMessage(),
                ToolExecutionResultMessage.from(CALL, "1.08"),
                ToolExecutionResultMessage.from(SECOND_CALL, "Monday")));
        assertThat(scripted.asked.messages())
                .containsExactly(
                        question,
                        calling("Let me see.", CALL, SECOND_CALL),
                        ToolExecutionResultMessage.from(CALL, "1.08"),
                        ToolExecutionResultMessage.from(SECOND_CALL, "Monday"));
    }

    @Test
    void callsAreStreamedAsDeltas() throws Exception {
        scripted.answers.add(calling(null, CALL, SECOND_CALL));
        OpenAiStreamingChatModel client = OpenAiStreamingChatModel.builder()
                .baseUrl(address("/v1"))
                .apiKey(KEY)
                .modelName(engine.modelName())
                .build();
        List<PartialToolCall> partial = new ArrayList<>();
        List<CompleteToolCall> complete = new ArrayList<>();
        CompletableFuture<ChatResponse> end = new CompletableFuture<>();
        client.chat(
                request(
                        ChatRequestParameters.builder()
                                .toolSpecifications(RATE, NOW)
                                .build(),
                        UserMessage.from("?")),
                new StreamingChatResponseHandler() {
                    @Override
                    public void onPartialToolCall(PartialToolCall call) {
                        partial.add(call);
                    }

                    @Override
                    public void onCompleteToolCall(CompleteToolCall call) {
                        complete.add(call);
                    }

                    @Override
                    public void onCompleteResponse(ChatResponse response) {
                        end.complete(response);
                    }

                    @Override
                    public void onError(Throwable error) {
                        end.completeExceptionally(error);
                    }
                });
        assertThat(end.get().aiMessage()).isEqualTo(calling(null, CALL, SECOND_CALL));
        assertThat(end.get().finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
        assertThat(complete).containsExactly(new CompleteToolCall(0, CALL), new CompleteToolCall(1, SECOND_CALL));
        assertThat(partial).hasSizeGreaterThan(5).first().satisfies(first -> {
            assertThat(first.id()).isEqualTo("call_1");
            assertThat(first.name()).isEqualTo("exchange_rate");
        });
    }

    @Test
    void eachCallsIdAndNameComeOnceAndItsArgumentsInPieces() throws Exception {
        scripted.answers.add(calling("So", CALL, SECOND_CALL));
        List<JsonNode> chunks = send("""
                        {"model": "%s", "stream": true, "messages": [{"role": "user", "content": "?"}],
                         "tools": [{"type": "function", "function": {"name": "exchange_rate"}}]}""")
                .body()
                .lines()
                .filter(line -> line.startsWith("data: {"))
                .map(line -> json(line.substring("data: ".length())))
                .toList();
        List<JsonNode> pieces = chunks.stream()
                .map(chunk -> chunk.at("/choices/0/delta/tool_calls/0"))
                .filter(JsonNode::isObject)
                .toList();
        assertThat(pieces.stream()
                        .filter(piece -> piece.has("id"))
                        .map(piece -> piece.path("index").intValue()))
                .containsExactly(0, 1);
        assertThat(pieces.stream().filter(piece -> piece.has("type"))).hasSize(2);
        StringBuilder arguments = new StringBuilder();
        pieces.stream()
                .filter(piece -> piece.path("index").intValue() == 0)
                .forEach(piece ->
                        arguments.append(piece.at("/function/arguments").stringValue()));
        assertThat(arguments).hasToString(CALL.arguments());
        assertThat(chunks.get(chunks.size() - 1).at("/choices/0/finish_reason").stringValue())
                .isEqualTo("tool_calls");
    }

    @Test
    void oneToolCanBeChosenByName() throws Exception {
        scripted.answers.add(calling(null, SECOND_CALL));
        JsonNode message = json(send("""
                {"model": "%s", "messages": [{"role": "user", "content": "?"}],
                 "tools": [{"type": "function", "function": {"name": "exchange_rate"}},
                           {"type": "function", "function": {"name": "now", "parameters": {}}}],
                 "tool_choice": {"type": "function", "function": {"name": "now"}}}""").body()).at("/choices/0/message");
        assertThat(scripted.asked.toolSpecifications()).containsExactly(NOW);
        assertThat(scripted.asked.toolChoice()).isEqualTo(ToolChoice.REQUIRED);
        assertThat(message.path("content").isNull()).isTrue();
        assertThat(message.at("/tool_calls/0").toString())
                .isEqualTo(
                        "{\"id\":\"call_2\",\"type\":\"function\",\"function\":{\"name\":\"now\",\"arguments\":\"{}\"}}");
    }

    @Test
    void whoWantsOneCallAtATimeGetsTheFirst() throws Exception {
        for (String stream : List.of("false", "true")) {
            scripted.answers.add(calling(null, CALL, SECOND_CALL));
            String response = send("""
                    {"model": "%%s", "stream": %s, "messages": [{"role": "user", "content": "?"}],
                     "tools": [{"type": "function", "function": {"name": "exchange_rate"}}],
                     "parallel_tool_calls": false}""".formatted(stream)).body();
            assertThat(response).contains("call_1").doesNotContain("call_2");
        }
    }

    @Test
    void aStreamIsRefusedByItsStatusHoweverLongThatTakesUnlessItHadToWait() throws Exception {
        String body = """
                {"model": "%s", "stream": true, "messages": [{"role": "user", "content": "?"}]}""";
        scripted.refusedBehind = OptionalInt.of(0);
        HttpResponse<String> refused = send(body);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("too many tokens");

        scripted.refusedBehind = OptionalInt.of(1);
        HttpResponse<String> waited = send(body);
        assertThat(waited.statusCode()).isEqualTo(200);
        assertThat(waited.body()).contains(": \n", "event: error", "too many tokens");
    }

    @Test
    void argumentsKeepTheirSchemas() throws Exception {
        scripted.answers.add(calling(null, SECOND_CALL));
        send("""
                {"model": "%s", "messages": [{"role": "user", "content": "?"}],
                 "tools": [{"type": "function", "function": {"name": "now", "strict": true, "parameters": {
                   "type": "object", "additionalProperties": false, "required": ["zone"],
                   "properties": {
                     "zone": {"type": "string", "pattern": "^[A-Z]+$", "maxLength": 5},
                     "place": {"$ref": "#/definitions/place"}},
                   "definitions": {"place": {"type": "array", "items": {"type": "number"}, "minItems": 2}}}}}]}""");
        JsonObjectSchema parameters = scripted.asked.toolSpecifications().get(0).parameters();
        assertThat(parameters.properties().get("zone"))
                .isEqualTo(JsonRawSchema.from("{\"type\":\"string\",\"pattern\":\"^[A-Z]+$\",\"maxLength\":5}"));
        assertThat(parameters.properties().get("place")).isEqualTo(JsonRawSchema.from("{\"$ref\":\"#/$defs/place\"}"));
        assertThat(parameters.definitions()).containsOnlyKeys("place");
        assertThat(parameters.required()).containsExactly("zone");
        assertThat(parameters.additionalProperties()).isFalse();
        assertThat(scripted.asked.toolSpecifications().get(0).strict()).isTrue();
    }

    @Test
    void onlyReferencesToDefinitionsAreRewritten() throws Exception {
        scripted.answers.add(calling(null, SECOND_CALL));
        String property = """
                {"description":"as in \\"#/definitions/a","properties":{"enum":{"anyOf":[{"$ref":"%1$sa"}]},\
                "$ref":{"enum":["#/definitions/a",{"$ref":"#/definitions/a"}]}}}""";
        send(TOOL_WITH.formatted(
                "%s",
                "{\"x\": " + property.formatted("#/definitions/") + "}, \"definitions\": {\"a\": {\"const\": 1}}"));
        JsonObjectSchema parameters = scripted.asked.toolSpecifications().get(0).parameters();
        assertThat(parameters.properties().get("x")).isEqualTo(JsonRawSchema.from(property.formatted("#/$defs/")));
    }

    @Test
    void oneNameForTwoDefinitionsIsRefused() throws Exception {
        assertThat(send(TOOL_WITH.formatted("%s", "{}, \"$defs\": {\"a\": {}}, \"definitions\": {\"a\": {}}"))
                        .body())
                .contains("tools[0].function.parameters.definitions", "invalid_function_parameters");
    }

    @Test
    void bothFormsOfJsonAreAskedFor() {
        scripted.answers.add(AiMessage.from("{}"));
        client().chat(request(
                ChatRequestParameters.builder()
                        .responseFormat(ResponseFormat.JSON)
                        .build(),
                UserMessage.from("?")));
        assertThat(scripted.asked.responseFormat()).isEqualTo(ResponseFormat.JSON);

        JsonObjectSchema schema = JsonObjectSchema.builder()
                .addStringProperty("name")
                .required("name")
                .build();
        scripted.answers.add(AiMessage.from("{\"name\": \"Ada\"}"));
        ChatResponse response = client().chat(request(
                ChatRequestParameters.builder()
                        .responseFormat(ResponseFormat.builder()
                                .type(ResponseFormatType.JSON)
                                .jsonSchema(JsonSchema.builder()
                                        .name("Person")
                                        .rootElement(schema)
                                        .build())
                                .build())
                        .build(),
                UserMessage.from("?")));
        assertThat(response.aiMessage().text()).isEqualTo("{\"name\": \"Ada\"}");
        JsonSchema asked = scripted.asked.responseFormat().jsonSchema();
        assertThat(asked.name()).isEqualTo("Person");
        assertThat(json(((JsonRawSchema) asked.rootElement()).schema())
                        .at("/properties/name/type")
                        .stringValue())
                .isEqualTo("string");
    }

    @Test
    void thinkingStandsApartAndIsNotReadBack() throws Exception {
        AiMessage thoughtful =
                AiMessage.builder().thinking("It may be three.").text("Three.").build();
        scripted.answers.add(thoughtful);
        ChatResponse response =
                client().chat(request(OpenAiChatRequestParameters.EMPTY, UserMessage.from("How many?")));
        assertThat(response.aiMessage().thinking()).isEqualTo("It may be three.");
        assertThat(response.aiMessage().text()).isEqualTo("Three.");
        assertThat(((RapidChatRequestParameters) scripted.asked.parameters()).returnThinking())
                .isTrue();

        scripted.answers.add(thoughtful);
        String streamed = send("""
                {"model": "%s", "stream": true, "stream_options": {"include_usage": true},
                 "rapid": {"thinking": true, "max_thinking_tokens": 30},
                 "messages": [{"role": "user", "content": "How many?"},
                   {"role": "assistant", "content": "Three.", "reasoning_content": "It may be three."},
                   {"role": "user", "content": "Really?"}]}""").body();
        assertThat(streamed).contains("\"reasoning_content\":\"It m\"", "\"content\":\"Thre\"");
        assertThat(scripted.asked.messages().get(1)).isEqualTo(AiMessage.from("Three."));
        RapidChatRequestParameters parameters = (RapidChatRequestParameters) scripted.asked.parameters();
        assertThat(parameters.thinking()).isTrue();
        assertThat(parameters.maxThinkingTokens()).isEqualTo(30);
    }

    @Test
    void usageTellsCachedThoughtAndAcceptedTokens() throws Exception {
        scripted.answers.add(
                AiMessage.builder().thinking("It may be three.").text("Three.").build());
        JsonNode usage = json(send("""
                {"model": "%s", "messages": [{"role": "user", "content": "How many?"}]}""").body()).path("usage");
        assertThat(usage.at("/prompt_tokens_details/cached_tokens").intValue()).isEqualTo(60);
        assertThat(usage.at("/completion_tokens_details/reasoning_tokens").intValue())
                .isEqualTo(engine.tokenCountEstimator().estimateTokenCountInText("It may be three."))
                .isPositive();
        assertThat(usage.at("/completion_tokens_details/accepted_prediction_tokens")
                        .intValue())
                .isEqualTo(9);
        assertThat(usage.at("/completion_tokens_details/rejected_prediction_tokens")
                        .intValue())
                .isEqualTo(3);

        scripted.answers.add(AiMessage.from("Three."));
        assertThat(((OpenAiTokenUsage)
                                client().chat(UserMessage.from("How many?")).tokenUsage())
                        .inputTokensDetails()
                        .cachedTokens())
                .isEqualTo(60);
    }

    private HttpResponse<String> send(String body) throws Exception {
        return http.send(completion(body.formatted(engine.modelName())), BodyHandlers.ofString());
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }
}
