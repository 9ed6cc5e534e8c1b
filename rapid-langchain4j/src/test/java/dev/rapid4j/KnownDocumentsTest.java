package dev.rapid4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.agent.tool.ToolSpecifications;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.Result;
import dev.langchain4j.service.V;
import dev.rapid4j.internal.retrieval.BagOfWords;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class KnownDocumentsTest {

    private static final LighthouseRegister REGISTER = LighthouseRegister.generate(40, 1);
    private static final String DOCUMENT = REGISTER.text();
    private static final Question QUESTION =
            REGISTER.questions(LighthouseRegister.Kind.ENTRY, 1, 3).get(0);

    static class Harbour {

        @Tool("When the tide is high")
        String tides(String harbour) {
            return "at noon";
        }
    }

    @TempDir
    private Path folder;

    private static RapidEngine.Builder builder() {
        return RapidEngine.builder()
                .target(LighthouseModel.directory())
                .targetWeights(WeightFormat.FLOAT32)
                .embeddingModel(new BagOfWords())
                .passageTokens(128)
                .draftContextTokens(512);
    }

    private RapidEngine onDisk() {
        return builder().cacheDirectory(folder).build();
    }

    private static RapidChatResponseMetadata ask(RapidEngine engine, Mode mode) {
        return (RapidChatResponseMetadata) RapidChatModel.builder()
                .engine(engine)
                .mode(mode)
                .build()
                .chat(UserMessage.from(TextContent.from(DOCUMENT), TextContent.from(QUESTION.text())))
                .metadata();
    }

    @Test
    void aDocumentThatWasReadAheadIsNotReadForItsFirstQuestion() {
        try (RapidEngine engine = builder().build()) {
            List<Integer> read = new ArrayList<>();
            ProgressListener listener = new ProgressListener() {
                @Override
                public void onPrefill(int done, int total) {
                    read.add(done);
                }
            };
            int tokens = engine.preload(heardBy(listener), Duration.ofMinutes(1));
            assertThat(tokens).isGreaterThan(engine.tokenCountEstimator().estimateTokenCountInText(DOCUMENT));
            assertThat(engine.tokensRead(List.of(UserMessage.from(DOCUMENT)))).isEqualTo(tokens);
            assertThat(read).last().isEqualTo(tokens);
            RapidChatResponseMetadata answer = ask(engine, Mode.RAPID);
            assertThat(answer.statistics().cachedTokens()).isEqualTo(tokens);
            assertThat(answer.statistics().targetPromptTokens() - tokens).isLessThan(40);
        }
    }

    private static ChatRequest heardBy(ProgressListener listener) {
        return ChatRequest.builder()
                .messages(UserMessage.from(DOCUMENT))
                .parameters(RapidChatRequestParameters.builder()
                        .progressListener(listener)
                        .build())
                .build();
    }

    @Test
    void aDocumentBehindToolsIsReadWithThem() {
        interface Assistant {

            @dev.langchain4j.service.UserMessage("{{document}}\n\n{{question}}")
            Result<String> answer(@V("document") String document, @V("question") String question);
        }
        ChatRequest withTools = ChatRequest.builder()
                .messages(UserMessage.from(DOCUMENT))
                .toolSpecifications(ToolSpecifications.toolSpecificationsFrom(Harbour.class))
                .build();
        try (RapidEngine engine = builder().build()) {
            RapidChatModel model =
                    RapidChatModel.builder().engine(engine).maxOutputTokens(4).build();
            int tokens = engine.preload(withTools);
            assertThat(tokens).isGreaterThan(engine.tokenCountEstimator().estimateTokenCountInText(DOCUMENT));
            assertThat(engine.tokensRead(withTools)).isEqualTo(tokens);
            assertThat(engine.tokensRead(List.of(UserMessage.from(DOCUMENT)))).isLessThan(tokens / 10);

            Result<String> answer = AiServices.builder(Assistant.class)
                    .chatModel(model)
                    .tools(new Harbour())
                    .build()
                    .answer(DOCUMENT, QUESTION.text());

            assertThat(((RapidTokenUsage) answer.tokenUsage()).cachedTokens()).isEqualTo(tokens);
        }
    }

    @Test
    void whatIsRefusedInARequestIsRefusedBeforeItIsReadAhead() {
        ToolSpecification tool = ToolSpecification.builder().name("tides").build();
        ChatRequest twice = ChatRequest.builder()
                .messages(UserMessage.from(DOCUMENT))
                .toolSpecifications(tool, tool)
                .build();
        ChatRequest outOfRange = ChatRequest.builder()
                .messages(UserMessage.from(DOCUMENT))
                .temperature(7.0)
                .build();
        try (RapidEngine engine = builder().build()) {
            for (ChatRequest request : List.of(twice, outOfRange)) {
                assertThatThrownBy(() -> engine.preload(request)).isInstanceOf(InvalidRequestException.class);
                assertThatThrownBy(() -> engine.tokensRead(request)).isInstanceOf(InvalidRequestException.class);
            }
            assertThat(engine.status().cacheBytes()).isZero();
        }
    }

    @Test
    void aDocumentThatWouldNotBeKeptIsNotReadAhead() {
        try (RapidEngine engine = builder().cacheBytes(0).build()) {
            assertThatThrownBy(() -> engine.preload(DOCUMENT))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContainingAll("more than the 0 MB of cacheBytes", "cacheDirectory");
        }
    }

    @Test
    void afterARestartADocumentIsTakenFromTheDiskUntilItIsForgotten() {
        int preloaded;
        try (RapidEngine engine = onDisk()) {
            preloaded = engine.preload(DOCUMENT);
        }
        try (RapidEngine engine = onDisk()) {
            assertThat(engine.status().diskCacheBytes()).isPositive();
            assertThat(engine.tokensRead(List.of(UserMessage.from(DOCUMENT)))).isEqualTo(preloaded / 256 * 256);
            RapidChatResponseMetadata answer = ask(engine, Mode.LONG_CONTEXT);
            assertThat(answer.statistics().cachedTokens()).isEqualTo(preloaded / 256 * 256);
            assertThat(answer.statistics().restoredTokens()).isEqualTo(preloaded / 256 * 256);
            assertThat(engine.forget(DOCUMENT)).isTrue();
            assertThat(engine.tokensRead(List.of(UserMessage.from(DOCUMENT)))).isZero();
            assertThat(engine.status().cacheBytes()).isZero();
            assertThat(engine.forget(DOCUMENT)).isFalse();
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void howMuchIsReadFailsAsRequestsDo() {
        List<ChatMessage> tooLong =
                List.of(UserMessage.from(LighthouseRegister.generate(400, 1).text()));
        RapidEngine engine = builder().maxContextTokens(1024).build();
        try (engine) {
            assertThatThrownBy(() -> engine.tokensRead(tooLong)).isInstanceOf(InvalidRequestException.class);
        }
        assertThatThrownBy(() -> engine.tokensRead(List.of(UserMessage.from(DOCUMENT))))
                .isInstanceOf(NonRetriableException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void whatCouldStandInAnyTextIsNotForgotten() {
        try (RapidEngine engine = onDisk()) {
            engine.preload(DOCUMENT);
            assertThatThrownBy(() -> engine.forget("Who?"))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("fewer than 8 tokens");
            assertThat(engine.status().cacheBytes()).isPositive();
            assertThat(engine.forget(List.of(UserMessage.from("ok"), UserMessage.from(DOCUMENT))))
                    .isTrue();
            assertThat(engine.status().cacheBytes()).isZero();
        }
    }

    @Test
    void aDocumentIsFoundInAnyConversation() {
        try (RapidEngine engine = onDisk()) {
            engine.preload(List.of(
                    SystemMessage.from("Answer from the register."),
                    UserMessage.from(TextContent.from("About lighthouses:"), TextContent.from(DOCUMENT))));
            assertThat(engine.forget(DOCUMENT)).isTrue();
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void whatCannotBeReadIsRefused() {
        RapidEngine engine = builder().maxContextTokens(1000).build();
        try (engine) {
            assertThatThrownBy(() -> engine.preload(DOCUMENT))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("tokens");
        }
        assertThatThrownBy(() -> engine.preload("Short")).isInstanceOf(NonRetriableException.class);
    }

    @Test
    void readingAheadEndsWhenItsTimeIsOver() {
        List<Integer> read = new ArrayList<>();
        ProgressListener slow = new ProgressListener() {
            @Override
            public void onPrefill(int done, int total) {
                read.add(done);
                try {
                    Thread.sleep(50);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        };
        try (RapidEngine engine = builder().build()) {
            assertThatThrownBy(() -> engine.preload(heardBy(slow), Duration.ofMillis(10)))
                    .isInstanceOf(TimeoutException.class);
        }
        assertThat(read).hasSizeLessThan(3);
    }

    @Test
    void aCacheDirectoryThatIsAFileIsRefusedBeforeAnythingIsLoaded() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> builder().cacheDirectory(file).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cacheDirectory");
    }
}
