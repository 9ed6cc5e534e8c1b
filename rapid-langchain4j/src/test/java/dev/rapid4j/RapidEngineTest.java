package dev.rapid4j;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.memory.chat.TokenWindowChatMemory;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.TokenStream;
import dev.rapid4j.internal.retrieval.BagOfWords;
import dev.rapid4j.internal.torch.Torch;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import dev.rapid4j.testing.Golden;
import dev.rapid4j.testing.Log;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class RapidEngineTest {

    private static final LighthouseRegister REGISTER = LighthouseRegister.generate(30, 1);
    private static final Question QUESTION =
            REGISTER.questions(LighthouseRegister.Kind.ENTRY, 1, 3).get(0);
    private static final UserMessage ASK =
            UserMessage.from(TextContent.from(REGISTER.text()), TextContent.from(QUESTION.text()));

    @TempDir
    Path folder;

    private static RapidChatModel.Builder lighthouse() {
        return RapidChatModel.builder()
                .target(LighthouseModel.directory())
                .embeddingModel(new BagOfWords())
                .passageTokens(128)
                .draftContextTokens(512);
    }

    private static RapidChatResponseMetadata metadata(ChatResponse response) {
        return (RapidChatResponseMetadata) response.metadata();
    }

    @Test
    void scoresTextsAsItsPassages() {
        List<TextSegment> texts = List.of(TextSegment.from("red light"), TextSegment.from("white light"));
        try (RapidEngine engine =
                lighthouseEngine().embeddingModel(new BagOfWords()).build()) {
            List<Double> scores =
                    engine.scoringModel().scoreAll(texts, "white light").content();
            assertThat(scores.get(0)).isCloseTo(0.5, within(1e-6));
            assertThat(scores.get(1)).isCloseTo(1, within(1e-6));
            assertThat(engine.scoringModel().scoreAll(List.of(), "white light").content())
                    .isEmpty();
        }
        try (RapidEmbeddingModel views = RapidEmbeddingModel.builder()
                        .model(Golden.path("bge-m3-tiny"))
                        .build();
                RapidEngine hybrid = lighthouseEngine().embeddingModel(views).build();
                RapidEngine dense = lighthouseEngine()
                        .embeddingModel(views)
                        .passageRanking(PassageRanking.DENSE)
                        .build()) {
            assertThat(hybrid.scoringModel().scoreAll(texts, "white light").content())
                    .isEqualTo(
                            views.scoringModel().scoreAll(texts, "white light").content())
                    .isNotEqualTo(
                            dense.scoringModel().scoreAll(texts, "white light").content());
        }
        try (RapidEngine engine = lighthouseEngine().build()) {
            assertThatThrownBy(engine::scoringModel)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(".embeddingModel(");
        }
    }

    @Test
    void theStatusTellsWhatLiesOnEachDevice() {
        List<String> told = new ArrayList<>();
        try (RapidEngine engine = lighthouseEngine()
                .targetDevice("cpu, cpu")
                .targetWeights(WeightFormat.FLOAT32)
                .progressListener(new ProgressListener() {
                    @Override
                    public void onLoading(String model, String device) {
                        told.add(device);
                    }
                })
                .build()) {
            EngineStatus.ModelStatus target = engine.status().target();
            assertThat(target.device()).isEqualTo("cpu");
            assertThat(told).containsExactly("cpu");
            assertThat(target.devices())
                    .singleElement()
                    .satisfies(cpu -> assertThat(cpu)
                            .returns("cpu", EngineStatus.DeviceStatus::device)
                            .returns(target.weightBytes(), EngineStatus.DeviceStatus::weightBytes)
                            .returns(target.mappedBytes(), EngineStatus.DeviceStatus::mappedBytes));
            assertThat(target.devices().get(0).layers()).isPositive();
            assertThat(engine.status().drafter()).isEqualTo(target);
        }
    }

    private static RapidEngine.Builder lighthouseEngine() {
        return RapidEngine.builder().target(LighthouseModel.directory());
    }

    @Test
    void theStatusTellsWhatIsLoadedAndWhatTheCachesHold() {
        RapidEngine engine = RapidEngine.builder()
                .target(LighthouseModel.directory())
                .targetWeights(WeightFormat.FLOAT32)
                .embeddingModel(new BagOfWords())
                .passageTokens(128)
                .draftContextTokens(512)
                .cacheBytes(1 << 30)
                .build();
        EngineStatus loaded = engine.status();
        assertThat(loaded.target())
                .isEqualTo(loaded.drafter())
                .returns("cpu", EngineStatus.ModelStatus::device)
                .returns(WeightFormat.FLOAT32, EngineStatus.ModelStatus::weights)
                .returns(CacheType.FLOAT32, EngineStatus.ModelStatus::cache)
                .returns(engine.contextLength(), EngineStatus.ModelStatus::contextLength);
        assertThat(loaded)
                .returns(0, EngineStatus::waitingRequests)
                .returns(0, EngineStatus::runningRequests)
                .returns(0L, EngineStatus::cacheBytes)
                .returns(1L << 30, EngineStatus::maxCacheBytes)
                .returns(0L, EngineStatus::passageCacheBytes);

        RapidChatModel.builder().engine(engine).build().chat(ASK);
        EngineStatus used = engine.status();
        assertThat(used.cacheBytes()).isBetween(1L << 20, 1L << 30);
        assertThat(used.passageCacheBytes()).isPositive();

        engine.close();
        assertThat(engine.status().cacheBytes()).isZero();
    }

    @Test
    void tellsHowFarLoadingIsAndGoesOnIfTheListenerThrows() {
        List<String> told = new ArrayList<>();
        ProgressListener progress = new ProgressListener() {
            @Override
            public void onLoading(String model, String device) {
                told.add("begins");
                throw new IllegalStateException("of a listener");
            }

            @Override
            public void onLoading(String model, long loaded, long total) {
                told.add(loaded == 0 ? "nothing" : loaded < total ? "a part" : "all");
                throw new IllegalStateException("of a listener");
            }

            @Override
            public void onLoaded(String model, long bytes, Duration elapsed) {
                told.add("loaded");
                throw new AssertionError("of a listener");
            }
        };
        try (RapidChatModel model = lighthouse().progressListener(progress).build()) {
            assertThat(told.stream().distinct()).containsExactly("begins", "nothing", "a part", "all", "loaded");
            assertThat(model.chat("Who are you?")).isNotBlank();
        }
    }

    @Test
    void aThreadThatIsInterruptedWhileItLoadsGetsAClearFailure() {
        RapidEngine.Builder builder = RapidEngine.builder()
                .target(LighthouseModel.directory())
                .progressListener(new ProgressListener() {
                    @Override
                    public void onLoading(String model, long loaded, long total) {
                        Thread.currentThread().interrupt();
                    }
                });
        assertThatThrownBy(builder::build)
                .isInstanceOf(TorchException.class)
                .hasMessageContaining(LighthouseModel.directory().getFileName().toString())
                .hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void passagesAreIntroducedToWhoReadsThem() {
        String introduction = "Lines found in the register:";
        try (RapidChatModel plain = lighthouse().build();
                RapidEngine engine = lighthouseEngine()
                        .embeddingModel(new BagOfWords())
                        .passageTokens(128)
                        .draftContextTokens(512)
                        .passagesIntroduction(introduction)
                        .build()) {
            int more = engine.tokenCountEstimator().estimateTokenCountInText(introduction + "\n\n");
            RapidChatModel introduced = RapidChatModel.builder().engine(engine).build();
            assertThat(ask(introduced, Mode.RAPID).targetPromptTokens())
                    .isEqualTo(ask(plain, Mode.RAPID).targetPromptTokens());
            for (Mode mode : List.of(Mode.RAPID, Mode.RETRIEVAL_ONLY)) {
                assertThat(ask(introduced, mode).drafterPromptTokens())
                        .isEqualTo(ask(plain, mode).drafterPromptTokens() + more);
            }
        }
    }

    private static GenerationStatistics ask(RapidChatModel model, Mode mode) {
        return metadata(model.chat(ChatRequest.builder()
                        .messages(ASK)
                        .parameters(
                                RapidChatRequestParameters.builder().mode(mode).build())
                        .build()))
                .statistics();
    }

    @Test
    void aDrafterOfItsOwnProposesTheSameAnswer() {
        List<String> loaded = new ArrayList<>();
        ProgressListener progress = new ProgressListener() {
            @Override
            public void onLoaded(String model, long bytes, Duration elapsed) {
                loaded.add(model);
            }
        };
        Path copy = TestCheckpoints.lighthouseWith(folder.resolve("drafter"), "", text -> text);
        try (RapidChatModel model =
                lighthouse().drafter(copy.toString()).progressListener(progress).build()) {
            ChatResponse response = model.chat(ASK);

            assertThat(loaded)
                    .containsExactly(LighthouseModel.directory().getFileName().toString(), "drafter");
            assertThat(response.aiMessage().text()).isEqualTo(QUESTION.answer());
            assertThat(metadata(response).statistics().acceptedTokens()).isPositive();
            // with another model there is something to gain even from the same prompt
            assertThat(metadata(model.chat(UserMessage.from("Who are you?"))).mode())
                    .isEqualTo(Mode.RAPID);
        }
    }

    @Test
    void aDrafterOfItsOwnMayReadTheWholeText() {
        Path copy = TestCheckpoints.lighthouseWith(folder.resolve("drafter"), "", text -> text);
        try (RapidChatModel model = RapidChatModel.builder()
                .target(LighthouseModel.directory())
                .drafter(copy)
                .mode(Mode.NAIVE_SPECULATIVE)
                .build()) {
            ChatResponse response = model.chat(ASK);

            assertThat(response.aiMessage().text()).isEqualTo(QUESTION.answer());
            assertThat(metadata(response).passages()).isEmpty();
            var statistics = metadata(response).statistics();
            assertThat(statistics.drafterPromptTokens()).isEqualTo(statistics.targetPromptTokens());
            assertThat(statistics.acceptedTokens()).isPositive();
        }
    }

    @Test
    void theDrafterMayHaveItsOwnPrecision() {
        try (RapidChatModel model =
                lighthouse().drafterWeights(WeightFormat.BFLOAT16).build()) {
            assertThat(model.chat(ASK).aiMessage().text()).isEqualTo(QUESTION.answer());
        }
    }

    /** What the target verifies stays exact, whatever drafts. */
    @Test
    void anIntegerCopyDraftsForAnExactTarget() {
        try (RapidEngine engine = RapidEngine.builder()
                .target(LighthouseModel.directory())
                .targetWeights(WeightFormat.FLOAT32)
                .drafterWeights(WeightFormat.INT8)
                .embeddingModel(new BagOfWords())
                .passageTokens(128)
                .draftContextTokens(512)
                .build()) {
            assertThat(engine.status().target().weights()).isEqualTo(WeightFormat.FLOAT32);
            assertThat(engine.status().drafter().weights()).isEqualTo(WeightFormat.INT8);
            RapidChatModel.Builder model =
                    RapidChatModel.builder().engine(engine).temperature(0.0).maxOutputTokens(100);
            String alone =
                    model.mode(Mode.LONG_CONTEXT).build().chat(ASK).aiMessage().text();
            ChatResponse drafted = model.mode(Mode.SPECULATIVE).build().chat(ASK);
            assertThat(drafted.aiMessage().text()).isEqualTo(alone).isEqualTo(QUESTION.answer());
            assertThat(metadata(drafted).statistics().acceptedTokens()).isPositive();
        }
    }

    @Test
    void targetAndDrafterMustShareTheVocabulary() {
        assertThatThrownBy(() -> lighthouse().drafter(Golden.path("qwen2-tiny")).build())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("qwen2-tiny")
                .hasMessageContaining("different vocabularies");
    }

    @Test
    void theTargetNeedsAChatTemplate() {
        Path base = TestCheckpoints.lighthouseWith(
                folder.resolve("base"),
                "tokenizer_config.json",
                config -> config.replace("\"chat_template\"", "\"no_template\""));

        assertThatThrownBy(() -> RapidEngine.builder().target(base).build())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(base.toString())
                .hasMessageContaining("no chat template");

        // but the drafter is prompted with the target's
        try (RapidChatModel model = lighthouse().drafter(base).build()) {
            assertThat(model.chat(ASK).aiMessage().text()).isEqualTo(QUESTION.answer());
        }
    }

    @Test
    void aTemplateThatCannotBeReadIsNamed() throws Exception {
        Path broken = TestCheckpoints.lighthouseWith(folder.resolve("broken"), "", text -> text);
        Files.writeString(broken.resolve("chat_template.jinja"), "{% for %}");

        assertThatThrownBy(() -> RapidEngine.builder().target(broken).build())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("chat_template.jinja");
    }

    @Test
    void aConversationTheTemplateRefusesIsInvalid() throws Exception {
        Path strict = TestCheckpoints.lighthouseWith(folder.resolve("strict"), "", text -> text);
        Files.writeString(
                strict.resolve("chat_template.jinja"),
                "{% if not polite %}{{ raise_exception('Say please!') }}{% endif %}{{ messages[0]['content'] }}");
        try (RapidChatModel model = RapidChatModel.builder().target(strict).build()) {
            assertThatThrownBy(() -> model.chat("Who are you?"))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("Say please!");
        }
        try (RapidChatModel model = RapidChatModel.builder()
                .target(strict)
                .chatTemplateVariables(Map.of("polite", true))
                .maxOutputTokens(1)
                .build()) {
            assertThat(model.chat(UserMessage.from("Who are you?")).tokenUsage().outputTokenCount())
                    .isEqualTo(1);
        }
    }

    @Test
    void aTemplateThatWritesNothingIsInvalid() throws Exception {
        Path silent = TestCheckpoints.lighthouseWith(folder.resolve("silent"), "", text -> text);
        Files.writeString(silent.resolve("chat_template.jinja"), "");
        try (RapidChatModel model = RapidChatModel.builder().target(silent).build()) {
            assertThatThrownBy(() -> model.chat("Who are you?"))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("empty prompt");
        }
    }

    @Test
    void aMissingEmbeddingModelIsAskedForWhenItIsNeeded() {
        try (RapidChatModel model = RapidChatModel.builder()
                .target(LighthouseModel.directory())
                .draftContextTokens(512)
                .build()) {
            assertThatThrownBy(() -> model.chat(ASK))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining(".embeddingModel(");
            assertThat(model.chat("Who are you?")).isNotBlank();
        }
    }

    @Test
    void aFailingEmbeddingModelFailsTheRequestOnly() {
        BagOfWords embeddings = new BagOfWords();
        try (RapidChatModel model = lighthouse().embeddingModel(embeddings).build()) {
            embeddings.fault = vectors -> {
                throw new IllegalStateException("no network");
            };
            assertThatThrownBy(() -> model.chat(ASK))
                    .isInstanceOf(LangChain4jException.class)
                    .hasMessageContaining("no network");
            embeddings.fault = vectors -> {
                Thread.currentThread().interrupt();
                throw new StackOverflowError("deep");
            };
            assertThatThrownBy(() -> model.chat(ASK)).isInstanceOf(InternalServerException.class);
            embeddings.fault = vectors -> vectors;
            assertThat(model.chat(ASK).aiMessage().text()).isEqualTo(QUESTION.answer());
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NAIVE_SPECULATIVE")
    void theTargetMayReadAheadWhilePassagesAreSearchedFor(Mode mode) {
        BagOfWords embeddings = new BagOfWords();
        try (RapidChatModel model = lighthouse()
                .embeddingModel(embeddings)
                .readAhead(true)
                .mode(mode)
                .build()) {
            embeddings.fault = vectors -> {
                throw new IllegalStateException("no network");
            };
            if (mode.retrieves()) {
                assertThatThrownBy(() -> model.chat(ASK)).hasMessageContaining("no network");
            }
            embeddings.fault = vectors -> vectors;
            assertThat(model.chat(ASK).aiMessage().text()).isEqualTo(QUESTION.answer());
        }
    }

    @Test
    void passagesAreFoundByAllViewsOfTheEmbeddingModelWhichStaysOpen() {
        List<Integer> indexed = new ArrayList<>();
        ProgressListener progress = new ProgressListener() {
            @Override
            public void onIndexing(int embedded, int total) {
                indexed.add(total);
            }
        };
        try (RapidEmbeddingModel embeddings =
                RapidEmbeddingModel.builder().model(Golden.path("bge-m3-tiny")).build()) {
            try (RapidChatModel model = lighthouse()
                    .embeddingModel(embeddings)
                    .passageCacheTexts(1)
                    // its weights are random, and so is what the passages tell
                    .margin(0.0)
                    .passageCacheBytes(64 << 20)
                    .progressListener(progress)
                    .build()) {
                ChatResponse response = model.chat(ASK);

                assertThat(response.aiMessage().text()).isEqualTo(QUESTION.answer());
                assertThat(metadata(response).passages()).hasSize(4);
                int passes = indexed.size();
                model.chat(ASK);
                assertThat(indexed).isNotEmpty().hasSize(passes);
            }
            assertThat(embeddings.embed("open").content().dimension()).isEqualTo(64);
        }
    }

    @Test
    void promptsOverTheContextAreRefusedOrShortened() {
        Path narrow = TestCheckpoints.lighthouseWith(
                folder.resolve("narrow"), "config.json", config -> config.replace("65536", "1024"));
        List<Integer> texts = new ArrayList<>();
        ProgressListener listener = new ProgressListener() {
            @Override
            public void onIndexing(int done, int total) {
                texts.add(total);
            }
        };
        try (RapidChatModel model =
                lighthouse().target(narrow).progressListener(listener).build()) {
            assertThat(model.engine().contextLength()).isEqualTo(1024);
            assertThatThrownBy(() -> model.chat(ASK))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("1,024")
                    .hasMessageContaining("shorten");
            // refused before anything is embedded
            assertThat(texts).isEmpty();
            // the drafter alone needs only the passages
            ChatResponse retrieved = model.chat(ChatRequest.builder()
                    .messages(ASK)
                    .parameters(RapidChatRequestParameters.builder()
                            .mode(Mode.RETRIEVAL_ONLY)
                            .build())
                    .build());
            assertThat(retrieved.aiMessage().text()).isEqualTo(QUESTION.answer());
            // the default takes what the context leaves, but what was asked for must fit
            assertThat(model.chat("Who are you?")).isNotBlank();
            assertThatThrownBy(() -> model.chat(ChatRequest.builder()
                            .messages(UserMessage.from("Who are you?"))
                            .maxOutputTokens(1020)
                            .build()))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("1,020");
        }
        try (RapidChatModel model = lighthouse()
                .maxContextTokens(1024)
                .oversizedPrompts(OversizedPromptPolicy.SHORTEN_MIDDLE)
                .build()) {
            assertThat(model.engine().contextLength()).isEqualTo(1024);
            ChatResponse response = model.chat(ASK);

            assertThat(metadata(response).shortened()).isTrue();
            assertThat(response.tokenUsage().inputTokenCount()).isBetween(384, 768);
            assertThat(response.aiMessage().text()).startsWith("The lighthouse at");
            // the passages still come from the whole text
            assertThat(metadata(response).passages())
                    .anyMatch(passage -> passage.text().contains(QUESTION.answer()));
            assertThat(metadata(model.chat(UserMessage.from("Who are you?"))).shortened())
                    .isFalse();
        }
    }

    @Test
    void tenMegabytesAreShortenedOrRefusedWithoutBeingTokenised() {
        String text = "The lighthouse at Cape Salholm stands on the northern coast. ".repeat(10_000_000 / 61);
        ChatRequest request = ChatRequest.builder()
                .messages(UserMessage.from(TextContent.from(text), TextContent.from("Who are you?")))
                .parameters(RapidChatRequestParameters.builder()
                        .mode(Mode.LONG_CONTEXT)
                        .maxOutputTokens(8)
                        .build())
                .build();
        RapidChatModel.Builder narrow = lighthouse().maxContextTokens(1024);
        try (RapidChatModel model =
                narrow.oversizedPrompts(OversizedPromptPolicy.SHORTEN_MIDDLE).build()) {
            ChatResponse response = model.chat(request);
            assertThat(metadata(response).shortened()).isTrue();
            assertThat(response.tokenUsage().inputTokenCount()).isBetween(850, 1016);
        }
        try (RapidChatModel model =
                narrow.oversizedPrompts(OversizedPromptPolicy.REFUSE).build()) {
            assertThatThrownBy(() -> model.chat(request))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("more than twice the 1,024 tokens")
                    .hasMessageContaining("shorten");
        }
    }

    @Test
    void optionsOutOfRangeAreRefusedByName() {
        Map<String, ThrowingCallable> bad = Map.ofEntries(
                Map.entry("target is missing", () -> RapidEngine.builder().build()),
                Map.entry("target must", () -> RapidEngine.builder().target(" ")),
                Map.entry("modelName must", () -> RapidEngine.builder().modelName("")),
                Map.entry(
                        "cacheBytes must be at least 0",
                        () -> RapidEngine.builder().cacheBytes(-1)),
                Map.entry("maxQueuedRequests must", () -> RapidEngine.builder().maxQueuedRequests(-1)),
                Map.entry(
                        "maxParallelRequests must", () -> RapidEngine.builder().maxParallelRequests(0)),
                Map.entry(
                        "cpuThreads must be between 1 and 1024, but is 0",
                        () -> RapidEngine.builder().cpuThreads(0)),
                Map.entry(
                        "cpuThreads must be between 1 and 1024, but is -1",
                        () -> RapidEmbeddingModel.builder().cpuThreads(-1)),
                Map.entry(
                        "cpuThreads must be between 1 and 1024, but is 1025",
                        () -> RapidScoringModel.builder().cpuThreads(1025)),
                Map.entry("draftContextTokens must", () -> RapidEngine.builder().draftContextTokens(0)),
                Map.entry("maxContextTokens must", () -> RapidEngine.builder().maxContextTokens(0)),
                Map.entry("passageTokens must", () -> RapidEngine.builder().passageTokens(0)),
                Map.entry("embeddingBatchSize must", () -> RapidEngine.builder().embeddingBatchSize(0)),
                Map.entry("passageCacheTexts must", () -> RapidEngine.builder().passageCacheTexts(0)),
                Map.entry("passageCacheBytes must", () -> RapidEngine.builder().passageCacheBytes(0)),
                Map.entry(
                        "passageRanking HYBRID needs",
                        () -> lighthouse().passageRanking(PassageRanking.HYBRID).build()),
                Map.entry("minSimilarity must", () -> RapidEngine.builder().minSimilarity(2)),
                Map.entry(
                        "passagesIntroduction must not be blank",
                        () -> RapidEngine.builder().passagesIntroduction(" \n")),
                Map.entry(
                        "passagesIntroduction must have at most 1000 characters, but has 1001",
                        () -> RapidEngine.builder().passagesIntroduction("x".repeat(1001))),
                Map.entry(
                        "passagesIntroduction is not valid UTF-16: character 1 (\\uD83D)",
                        () -> RapidEngine.builder().passagesIntroduction("x\ud83d")),
                Map.entry("timeout must", () -> RapidChatModel.builder().timeout(Duration.ZERO)),
                Map.entry("Unknown device 'gpu'", () -> RapidEngine.builder().targetDevice("gpu")),
                Map.entry("cuda:99", () -> lighthouse().drafterDevice("cuda:99").build()));

        bad.forEach((message, call) -> assertThatThrownBy(call)
                .as(message)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message));
    }

    @Test
    void theLastNumberOfThreadsHoldsForTheWholeProcessAndTheLogTellsIt() {
        int before = Torch.threads();
        int many = Runtime.getRuntime().availableProcessors() + 1;
        try (RapidEngine first = lighthouseEngine().cpuThreads(1).build()) {
            assertThat(Torch.threads()).isOne();
            String log =
                    Log.during(() -> lighthouseEngine().cpuThreads(many).build().close());
            assertThat(log)
                    .contains(
                            "cpuThreads is %d, but the JVM may use %d processors only".formatted(many, many - 1),
                            "cpuThreads is %d from now on for the whole process; another model was loaded with 1"
                                    .formatted(many));
            assertThat(Torch.threads()).isEqualTo(many);
            assertThat(first.status().waitingRequests()).isZero();
        } finally {
            Torch.setThreads(before);
        }
    }

    @Test
    void parametersAreCheckedWithoutARequest() {
        RapidChatRequestParameters.builder().margin(100.0).build().validate();
        assertThatThrownBy(() -> RapidChatRequestParameters.builder()
                        .margin(101.0)
                        .build()
                        .validate())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("margin must be from 0 to 100, not 101");
    }

    @Test
    void anEngineOrOptionsToLoadOneButNotBoth() {
        try (RapidEngine engine =
                RapidEngine.builder().target(LighthouseModel.directory()).build()) {
            assertThatThrownBy(() -> RapidChatModel.builder()
                            .engine(engine)
                            .cacheBytes(0)
                            .build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("cacheBytes");
        }
    }

    @Test
    void defaultsOutOfRangeAreRefusedBeforeTheyAreNeeded() {
        assertThatThrownBy(() -> lighthouse().maxThinkingTokens(-1).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("maxThinkingTokens must be at least 0, but is -1");
    }

    @Test
    void manyThreadsGetTheirOwnAnswers() {
        List<Question> questions = REGISTER.questions(LighthouseRegister.Kind.FACT, 12, 5);
        try (RapidChatModel model = lighthouse().mode(Mode.RETRIEVAL_ONLY).build()) {
            List<String> alone = questions.stream()
                    .map(question -> model.chat(ask(question)).aiMessage().text())
                    .toList();
            List<CompletableFuture<String>> together = questions.stream()
                    .map(question -> CompletableFuture.supplyAsync(
                            () -> model.chat(ask(question)).aiMessage().text(), task -> new Thread(task).start()))
                    .toList();

            assertThat(together.stream().map(CompletableFuture::join)).containsExactlyElementsOf(alone);
            assertThat(Set.copyOf(alone)).hasSizeGreaterThan(5);
        }
    }

    private static UserMessage ask(Question question) {
        return UserMessage.from(TextContent.from(REGISTER.text()), TextContent.from(question.text()));
    }

    interface Clerk {
        String ask(String question);

        TokenStream stream(String question);
    }

    @Test
    void worksBehindAnAiService() throws Exception {
        try (RapidEngine engine = RapidEngine.builder()
                .target(LighthouseModel.directory())
                .embeddingModel(new BagOfWords())
                .passageTokens(128)
                .draftContextTokens(512)
                .build()) {
            Clerk clerk = AiServices.builder(Clerk.class)
                    .chatModel(RapidChatModel.builder().engine(engine).build())
                    .streamingChatModel(
                            RapidStreamingChatModel.builder().engine(engine).build())
                    .chatMemory(TokenWindowChatMemory.withMaxTokens(10_000, engine.tokenCountEstimator()))
                    .build();
            assertThat(clerk.ask(REGISTER.text() + "\n\n" + QUESTION.text())).isEqualTo(QUESTION.answer());

            CompletableFuture<ChatResponse> followUp = new CompletableFuture<>();
            StringBuffer streamed = new StringBuffer();
            clerk.stream("And what is next to it?")
                    .onPartialResponse(streamed::append)
                    .onCompleteResponse(followUp::complete)
                    .onError(followUp::completeExceptionally)
                    .start();

            ChatResponse response = followUp.get(60, SECONDS);
            assertThat(streamed).hasToString(response.aiMessage().text());
            assertThat(metadata(response).statistics().cachedTokens())
                    .isGreaterThan(engine.tokenCountEstimator().estimateTokenCountInText(REGISTER.text()));
        }
    }

    @Test
    void withoutCacheEveryPromptIsReadAnew() {
        try (RapidChatModel model = lighthouse().cacheBytes(0).build()) {
            model.chat(ASK);
            assertThat(metadata(model.chat(ASK)).statistics().cachedTokens()).isZero();
        }
    }
}
