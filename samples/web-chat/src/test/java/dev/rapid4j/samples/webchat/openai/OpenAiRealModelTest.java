package dev.rapid4j.samples.webchat.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.service.AiServices;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.samples.webchat.WebChat;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** AI services over the wire, with a published model; {@code .ci/with-models} brings it along. */
@EnabledIfEnvironmentVariable(named = "RAPID_MODELS", matches = ".+", disabledReason = "no real models")
@SpringBootTest(classes = WebChat.class, webEnvironment = WebEnvironment.RANDOM_PORT)
@Timeout(300)
class OpenAiRealModelTest {

    @LocalServerPort
    private int port;

    @Autowired
    private RapidEngine engine;

    @DynamicPropertySource
    static void model(DynamicPropertyRegistry properties) {
        properties.add(
                "langchain4j.rapid.target",
                () -> System.getenv("RAPID_MODELS") + "/Qwen2.5-Coder-0.5B-Instruct-Q4_K_M.gguf");
        properties.add("langchain4j.rapid.streaming-chat-model.mode", () -> "speculative");
        properties.add("langchain4j.rapid.load", () -> "eager");
    }

    private String address() {
        return "http://localhost:" + port + "/v1";
    }

    private static final ToolSpecification RATE = ToolSpecification.builder()
            .name("exchange_rate")
            .description("The exchange rate of a currency, in US dollars")
            .parameters(JsonObjectSchema.builder()
                    .addStringProperty("currency", "the ISO 4217 code of the currency, such as EUR")
                    .required("currency")
                    .build())
            .build();

    private static final UserMessage QUESTION = UserMessage.from("What is the exchange rate of EUR?");

    record Person(String name, int age) {}

    interface Reader {

        Person read(String text);
    }

    private OpenAiChatModel.OpenAiChatModelBuilder client() {
        return OpenAiChatModel.builder()
                .baseUrl(address())
                .apiKey("any")
                .modelName(engine.modelName())
                .temperature(0.0)
                .maxRetries(0);
    }

    /** Left to itself, a model this small mostly writes a call as text. */
    @Test
    void aToolIsCalledAndItsResultIsInTheAnswer() throws Exception {
        ChatRequest asked = ChatRequest.builder()
                .messages(QUESTION)
                .toolSpecifications(RATE)
                .toolChoice(ToolChoice.REQUIRED)
                .build();
        AiMessage calling = client().build().chat(asked).aiMessage();
        assertThat(calling.toolExecutionRequests()).first().satisfies(call -> {
            assertThat(call.name()).isEqualTo("exchange_rate");
            assertThat(call.arguments()).contains("\"EUR\"");
        });

        CompletableFuture<ChatResponse> streamed = new CompletableFuture<>();
        OpenAiStreamingChatModel.builder()
                .baseUrl(address())
                .apiKey("any")
                .modelName(engine.modelName())
                .temperature(0.0)
                .build()
                .chat(asked, new StreamingChatResponseHandler() {
                    @Override
                    public void onCompleteResponse(ChatResponse response) {
                        streamed.complete(response);
                    }

                    @Override
                    public void onError(Throwable error) {
                        streamed.completeExceptionally(error);
                    }
                });
        AiMessage same = streamed.get(200, TimeUnit.SECONDS).aiMessage();
        assertThat(same.toolExecutionRequests())
                .extracting(ToolExecutionRequest::arguments)
                .isEqualTo(calling.toolExecutionRequests().stream()
                        .map(ToolExecutionRequest::arguments)
                        .toList());

        List<ChatMessage> messages = new ArrayList<>(List.of(QUESTION, calling));
        calling.toolExecutionRequests()
                .forEach(call -> messages.add(ToolExecutionResultMessage.from(call, "1 EUR is 1.0825 USD")));
        messages.add(UserMessage.from("How many US dollars is one euro, then? Answer in a sentence."));
        assertThat(client().build()
                        .chat(ChatRequest.builder()
                                .messages(messages)
                                .toolSpecifications(RATE)
                                .toolChoice(ToolChoice.NONE)
                                .build())
                        .aiMessage()
                        .text())
                .contains("1.08");
    }

    @Test
    void aRecordIsReadByItsSchema() {
        Reader reader = AiServices.create(
                Reader.class,
                client().supportedCapabilities(Capability.RESPONSE_FORMAT_JSON_SCHEMA)
                        .strictJsonSchema(true)
                        .build());
        assertThat(reader.read("Klaus is 37 years old and lives by the sea.")).isEqualTo(new Person("Klaus", 37));
    }
}
