package dev.rapid4j.samples.webchat.openai;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.webchat.RunningServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** LangChain4j's client of OpenAI against the running server, beside the same model in this process. */
class OpenAiProtocolTest extends RunningServer {

    private static final LighthouseRegister REGISTER = LighthouseRegister.ofTokens(1_500, 7);
    private static final List<LighthouseRegister.Question> QUESTIONS = REGISTER.questions(Kind.ENTRY, 2, 1);

    @Autowired
    private ChatModel inProcess;

    private OpenAiChatModel.OpenAiChatModelBuilder client() {
        return OpenAiChatModel.builder()
                .baseUrl(address("/v1"))
                .apiKey(KEY)
                .modelName(engine.modelName())
                .maxRetries(0);
    }

    private OpenAiStreamingChatModel.OpenAiStreamingChatModelBuilder streamingClient() {
        return OpenAiStreamingChatModel.builder()
                .baseUrl(address("/v1"))
                .apiKey(KEY)
                .modelName(engine.modelName());
    }

    private static UserMessage question(int number) {
        return UserMessage.from(
                TextContent.from(REGISTER.text()),
                TextContent.from(QUESTIONS.get(number).text()));
    }

    @Test
    void answersAsTheModelInThisProcessDoes() {
        ChatResponse expected = inProcess.chat(question(0));
        ChatResponse answer = client().build().chat(question(0));
        assertThat(answer.aiMessage().text())
                .isEqualTo(expected.aiMessage().text())
                .isEqualTo(QUESTIONS.get(0).answer());
        assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(answer.tokenUsage().inputTokenCount())
                .isEqualTo(expected.tokenUsage().inputTokenCount());
        assertThat(answer.tokenUsage().outputTokenCount())
                .isEqualTo(expected.tokenUsage().outputTokenCount());
        assertThat(answer.modelName()).isEqualTo(engine.modelName());
    }

    @Test
    void streamsTheSameAnswer() throws Exception {
        ChatResponse expected = inProcess.chat(question(0));
        List<String> pieces = new ArrayList<>();
        ChatResponse answer = stream(streamingClient().build(), pieces, question(0));
        assertThat(pieces).hasSizeGreaterThan(5);
        assertThat(String.join("", pieces))
                .isEqualTo(answer.aiMessage().text())
                .isEqualTo(expected.aiMessage().text());
        assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(answer.tokenUsage().totalTokenCount())
                .isEqualTo(expected.tokenUsage().totalTokenCount());
    }

    @Test
    void answersSeveralTurns() {
        List<ChatMessage> messages = new ArrayList<>(List.of(SystemMessage.from("Quote the register."), question(0)));
        messages.add(client().build().chat(messages).aiMessage());
        messages.add(UserMessage.from(QUESTIONS.get(1).text()));
        assertThat(client().build().chat(messages).aiMessage().text())
                .isEqualTo(inProcess.chat(messages).aiMessage().text());
    }

    @Test
    void endsBeforeStopSequencesAndAtTheTokenLimit() {
        String whole = QUESTIONS.get(0).answer();
        String stop = " The light";
        ChatResponse stopped = client().stop(List.of(stop, "never")).build().chat(question(0));
        assertThat(stopped.aiMessage().text()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
        assertThat(stopped.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(client().maxTokens(5).build().chat(question(0))).satisfies(OpenAiProtocolTest::hasFiveTokens);
        assertThat(client().maxCompletionTokens(5).build().chat(question(0)))
                .satisfies(OpenAiProtocolTest::hasFiveTokens);
    }

    private static void hasFiveTokens(ChatResponse response) {
        assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(5);
        assertThat(response.finishReason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void passesSamplingParametersAndRapidsOwn() {
        ChatRequest.Builder request = ChatRequest.builder().messages(question(0));
        String expected = inProcess
                .chat(request.parameters(RapidChatRequestParameters.builder()
                                .temperature(2.0)
                                .topP(0.95)
                                .seed(17)
                                .frequencyPenalty(0.1)
                                .presencePenalty(0.1)
                                .maxOutputTokens(40)
                                .mode(Mode.SPECULATIVE)
                                .draftTokens(3)
                                .build())
                        .build())
                .aiMessage()
                .text();
        String answer = client().temperature(2.0)
                .topP(0.95)
                .seed(17)
                .frequencyPenalty(0.1)
                .presencePenalty(0.1)
                .maxTokens(40)
                .customParameters(Map.of("rapid", Map.of("mode", "SPECULATIVE", "draft_tokens", 3)))
                .build()
                .chat(question(0))
                .aiMessage()
                .text();
        assertThat(answer).isEqualTo(expected);
        assertThat(answer).isNotEqualTo(QUESTIONS.get(0).answer());
    }

    @Test
    void errorsAreThoseLangChain4jKnows() {
        assertThatThrownBy(() -> client().modelName("gpt-4o").build().chat("Who?"))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("model_not_found")
                .hasMessageContaining(engine.modelName());
        assertThatThrownBy(() -> client().apiKey("guessed").build().chat("Who?"))
                .isInstanceOf(AuthenticationException.class)
                .hasMessageContaining("invalid_api_key");
        assertThatThrownBy(() -> client().temperature(7.0).build().chat("Who?"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("temperature");
        assertThatThrownBy(() ->
                        client().build().chat(UserMessage.from(ImageContent.from("https://example.com/image.png"))))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("messages[0].content[0].type");
        String tooLong = "word ".repeat(engine.contextLength());
        assertThatThrownBy(() -> client().build().chat(tooLong))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("context_length_exceeded")
                .hasMessageContaining("tokens");
        assertThatThrownBy(() -> stream(streamingClient().build(), new ArrayList<>(), UserMessage.from(tooLong)))
                .hasCauseInstanceOf(InvalidRequestException.class);
    }

    private static ChatResponse stream(OpenAiStreamingChatModel model, List<String> pieces, UserMessage message)
            throws Exception {
        CompletableFuture<ChatResponse> answer = new CompletableFuture<>();
        model.chat(List.of(message), new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String text) {
                pieces.add(text);
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
        return answer.get(60, SECONDS);
    }
}
