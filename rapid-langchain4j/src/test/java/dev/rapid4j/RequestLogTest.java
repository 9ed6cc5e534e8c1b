package dev.rapid4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.testing.Log;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RequestLogTest {

    private static final String QUESTION = "Who is the confidential one?";

    private static RapidEngine engine;

    @BeforeAll
    static void load() {
        engine = RapidEngine.builder()
                .target(LighthouseModel.directory())
                .modelName("lighthouse")
                .build();
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private static String logOf(Consumer<RapidChatModel.Builder> options) {
        RapidChatModel.Builder builder =
                RapidChatModel.builder().engine(engine).maxOutputTokens(3).stopSequences("secret stop");
        options.accept(builder);
        RapidChatModel model = builder.build();
        return Log.during(() -> assertThat(model.chat(QUESTION)).isNotEmpty());
    }

    @Test
    void nothingIsLoggedUnasked() {
        assertThat(logOf(builder -> {})).doesNotContain("Request", "Response");
        assertThat(logOf(builder -> builder.logRequests(null).logResponses(null).logTexts(true)))
                .doesNotContain("Request", "Response", QUESTION);
    }

    @Test
    void requestsAndResponsesAreLoggedWithoutTheirTexts() {
        assertThat(logOf(builder -> builder.logRequests(true).logResponses(true)))
                .contains("dev.rapid4j.RapidChatModel", "user (28 characters); 1 stop sequences")
                .contains("maxOutputTokens=3")
                .containsPattern(
                        "Response \\d+: assistant \\(\\d+ characters\\); RapidChatResponseMetadata\\{id='rapid-")
                .doesNotContain(QUESTION, "secret stop");
        assertThat(logOf(builder -> builder.logRequests(true)))
                .contains("Request")
                .doesNotContain("Response ");
        assertThat(logOf(builder -> builder.logResponses(true)))
                .contains("Response")
                .doesNotContain("Request ");
    }

    @Test
    void textsAreLoggedIfThatIsAskedFor() {
        assertThat(logOf(builder -> builder.logRequests(true).logResponses(true).logTexts(true)))
                .contains(QUESTION, "secret stop", "\"type\":\"AI\"");
    }

    @Test
    void whyThereIsNoAnswerIsLoggedToo() throws Exception {
        RapidStreamingChatModel model = RapidStreamingChatModel.builder()
                .engine(engine)
                .logResponses(true)
                .build();
        CompletableFuture<Throwable> failed = new CompletableFuture<>();

        String log = Log.during(() -> {
            model.chat("word ".repeat(engine.contextLength()), new StreamingChatResponseHandler() {
                @Override
                public void onPartialResponse(String text) {}

                @Override
                public void onCompleteResponse(ChatResponse response) {
                    failed.complete(null);
                }

                @Override
                public void onError(Throwable error) {
                    failed.complete(error);
                }
            });
            assertThat(failed.join()).isInstanceOf(InvalidRequestException.class);
        });
        assertThat(log)
                .contains("dev.rapid4j.RapidStreamingChatModel", "none, dev.langchain4j.exception.InvalidRequest")
                .doesNotContain("word word");
    }

    @Test
    void everyKindOfMessageIsDescribedInOneLine() {
        ToolExecutionRequest call = ToolExecutionRequest.builder()
                .id("1")
                .name("find\nResponse 7: forged")
                .arguments("{\"who\":\"secret\"}")
                .build();
        ChatRequest request = ChatRequest.builder()
                .messages(
                        SystemMessage.from("secret"),
                        UserMessage.from(
                                TextContent.from("secrets"), ImageContent.from("https://secret.example/a.png")),
                        AiMessage.builder()
                                .thinking("secretly")
                                .toolExecutionRequests(List.of(call))
                                .build(),
                        ToolExecutionResultMessage.from(call, "no secret"),
                        AiMessage.builder().build())
                .toolSpecifications(ToolSpecification.builder()
                        .name("find")
                        .description("secret")
                        .build())
                .build();
        RequestLog masked = new RequestLog(LoggerFactory.getLogger(RapidChatModel.class), true, true, false);

        assertThat(Log.during(() -> masked.request(request)))
                .contains("system (6 characters), user (7 characters) + IMAGE, "
                        + "assistant thinking (8 characters) + calls of find Response 7: forged (16 characters), "
                        + "result of find Response 7: forged (9 characters), assistant without text; tools find;")
                .doesNotContain("secret")
                .hasLineCount(1);
        RequestLog open = new RequestLog(LoggerFactory.getLogger(RapidChatModel.class), true, true, true);
        assertThat(Log.during(() -> open.request(request)))
                .contains("secrets", "no secret")
                .hasLineCount(1);
    }

    @Test
    void aStreamingRequestThatIsRefusedIsLoggedWithItsEnd() {
        StreamingChatResponseHandler unheard = new StreamingChatResponseHandler() {
            @Override
            public void onCompleteResponse(ChatResponse response) {}

            @Override
            public void onError(Throwable error) {}
        };
        ChatRequest request = ChatRequest.builder()
                .messages(UserMessage.from(QUESTION))
                .modelName("a secret model")
                .build();
        RapidStreamingChatModel.Builder builder =
                RapidStreamingChatModel.builder().engine(engine).logResponses(true);
        RapidStreamingChatModel masked = builder.build();
        RapidStreamingChatModel open = builder.logTexts(true).build();

        assertThat(Log.during(() -> assertThatThrownBy(() -> masked.chat(request, unheard))
                        .isInstanceOf(UnsupportedFeatureException.class)))
                .containsPattern("Response \\d+: none, .*UnsupportedFeatureException \\(\\d+ characters\\)")
                .doesNotContain("secret");
        assertThat(Log.during(() -> assertThatThrownBy(() -> open.chat(request, unheard))
                        .isInstanceOf(UnsupportedFeatureException.class)))
                .contains("modelName 'a secret model' is not supported");
    }

    @Test
    void aRequestThatIsRefusedIsLoggedAsWell() {
        RapidChatModel model =
                RapidChatModel.builder().engine(engine).logRequests(true).build();
        assertThat(Log.during(() -> assertThatThrownBy(() -> model.chat(ChatRequest.builder()
                                .messages(UserMessage.from(QUESTION))
                                .temperature(7.0)
                                .build()))
                        .isInstanceOf(InvalidRequestException.class)))
                .contains("temperature=7.0");
    }
}
