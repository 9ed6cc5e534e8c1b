package dev.rapid4j.spring;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.Mode;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.RapidEmbeddingModel;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.RapidStreamingChatModel;
import dev.rapid4j.samples.lighthouse.LighthouseEmbedding;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.test.simple.SimpleSpan;
import io.micrometer.tracing.test.simple.SimpleTracer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Meters and observations of every way a request can go. */
@Timeout(120)
class RequestListenerTest {

    private static final LighthouseRegister REGISTER = LighthouseRegister.generate(40, 1);
    private static final Question QUESTION =
            REGISTER.questions(LighthouseRegister.Kind.ENTRY, 1, 3).get(0);
    private static final String NAME = "gen_ai.client.operation";

    private static final RapidProperties.ModelProperties PROPERTIES =
            new Binder(new MapConfigurationPropertySource()).bindOrCreate("", RapidProperties.ModelProperties.class);

    private static RapidEmbeddingModel embeddingModel;
    private static RapidEngineLoader loader;

    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final SimpleTracer tracer = new SimpleTracer();
    private final TestObservationRegistry observations = TestObservationRegistry.create();
    private final List<ChatModelListener> listeners =
            List.of(new RequestMetrics(meters, loader), new RequestObservations(observations, loader));
    private final ChatModel model = new DeferredChatModel(loader, PROPERTIES, listeners);
    private final StreamingChatModel streamingModel = new DeferredStreamingChatModel(loader, PROPERTIES, listeners);

    RequestListenerTest() {
        observations
                .observationConfig()
                .observationHandler(new DefaultMeterObservationHandler(meters))
                .observationHandler(new DefaultTracingObservationHandler(tracer));
    }

    @BeforeAll
    static void load() {
        embeddingModel = RapidEmbeddingModel.builder()
                .model(LighthouseEmbedding.directory())
                .build();
        loader = RapidEngineLoader.loading(
                LoadMode.EAGER,
                () -> RapidEngine.builder()
                        .target(LighthouseModel.directory())
                        .modelName("lighthouse")
                        .embeddingModel(embeddingModel)
                        .passageTokens(128)
                        .draftContextTokens(512)
                        .maxParallelRequests(1)
                        .maxQueuedRequests(1)
                        .build(),
                failure -> new RapidUnavailableException("unexpected", "", failure));
    }

    @AfterAll
    static void close() {
        loader.close();
        embeddingModel.close();
    }

    @AfterEach
    void noRequestIsLeftOpen() {
        await().untilAsserted(() -> assertThat(meters.get(NAME + ".active").longTaskTimers())
                .allSatisfy(timer -> assertThat(timer.activeTasks()).isZero()));
    }

    private static ChatRequest request(Consumer<RapidChatRequestParameters.Builder> options) {
        RapidChatRequestParameters.Builder parameters = RapidChatRequestParameters.builder();
        options.accept(parameters);
        return ChatRequest.builder()
                .messages(UserMessage.from(TextContent.from(REGISTER.text()), TextContent.from(QUESTION.text())))
                .parameters(parameters.build())
                .build();
    }

    /** Asserts that there was one request, which ended like this. */
    private void assertOneRequest(String outcome, String error) {
        assertThat(meters.get("rapid.requests").timers()).singleElement().satisfies(timer -> {
            assertThat(timer.count()).isEqualTo(1);
            assertThat(timer.getId().getTag("outcome")).isEqualTo(outcome);
            assertThat(timer.getId().getTag("error")).isEqualTo(error);
        });
        TestObservationRegistryAssert.assertThat(observations)
                .hasSingleObservationThat()
                .hasBeenStopped()
                .hasLowCardinalityKeyValue("rapid.outcome", outcome);
    }

    @Test
    void answersAreMeasured() {
        List<RapidChatResponseMetadata> answers = Stream.of(1, 2)
                .map(i -> (RapidChatResponseMetadata)
                        model.chat(request(parameters -> {})).metadata())
                .toList();

        Tags tags = Tags.of("model", "lighthouse", "mode", "rapid");
        assertThat(meters.get("rapid.requests")
                        .tags(tags.and("outcome", "success", "error", "none"))
                        .timer()
                        .count())
                .isEqualTo(2);
        assertThat(meters.get("rapid.time.to.first.token").tags(tags).timer().totalTime(MILLISECONDS))
                .isCloseTo(total(answers, answer -> answer.timeToFirstToken().toNanos() / 1e6), within(0.1));
        assertThat(meters.get("rapid.tokens.per.second").tags(tags).summary().totalAmount())
                .isCloseTo(total(answers, answer -> answer.statistics().tokensPerSecond()), within(0.1));
        assertThat(meters.get("rapid.acceptance.rate").tags(tags).summary().totalAmount())
                .isCloseTo(total(answers, answer -> answer.statistics().acceptanceRate()), within(0.01));
        assertThat(count("rapid.output.tokens", tags))
                .isEqualTo(total(answers, answer -> answer.statistics().emittedTokens()));
        assertThat(count("rapid.drafted.tokens", tags.and("result", "accepted")))
                .isEqualTo(total(answers, answer -> answer.statistics().acceptedTokens()))
                .isPositive();
        assertThat(count("rapid.drafted.tokens", tags))
                .isEqualTo(total(answers, answer -> answer.statistics().draftedTokens()));
        assertThat(count("rapid.prompt.tokens", tags.and("source", "cache")))
                .isEqualTo(total(answers, answer -> answer.statistics().cachedTokens()))
                .isPositive();
        assertThat(count("rapid.prompt.tokens", tags))
                .isEqualTo(total(
                        answers,
                        answer -> answer.statistics().targetPromptTokens()
                                + answer.statistics().drafterPromptTokens()));
        assertThat(count("rapid.prefix.cache.requests", tags)).isEqualTo(2);
        assertThat(count("rapid.prefix.cache.requests", tags.and("result", "hit")))
                .isPositive();
    }

    private double count(String name, Tags tags) {
        return meters.get(name).tags(tags).counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    private static double total(
            List<RapidChatResponseMetadata> answers, ToDoubleFunction<RapidChatResponseMetadata> value) {
        return answers.stream().mapToDouble(value).sum();
    }

    @Test
    void anAnswerIsObservedWithoutItsTexts() {
        RapidChatResponseMetadata answer =
                (RapidChatResponseMetadata) model.chat(request(parameters -> parameters.maxOutputTokens(30)))
                        .metadata();

        TestObservationRegistryAssert.assertThat(observations)
                .hasSingleObservationThat()
                .hasNameEqualTo(NAME)
                .hasContextualNameEqualTo("chat lighthouse")
                .hasLowCardinalityKeyValue("gen_ai.operation.name", "chat")
                .hasLowCardinalityKeyValue("gen_ai.provider.name", "rapid4j")
                .hasLowCardinalityKeyValue("gen_ai.request.model", "lighthouse")
                .hasLowCardinalityKeyValue("gen_ai.response.model", "lighthouse")
                .hasLowCardinalityKeyValue("rapid.mode", "rapid")
                .hasHighCardinalityKeyValue("gen_ai.request.max_tokens", "30")
                .hasHighCardinalityKeyValue("gen_ai.response.id", answer.id())
                .hasHighCardinalityKeyValue("gen_ai.response.finish_reasons", "length")
                .hasHighCardinalityKeyValue(
                        "gen_ai.usage.input_tokens",
                        answer.tokenUsage().inputTokenCount().toString())
                .hasHighCardinalityKeyValue("gen_ai.usage.output_tokens", "30")
                .doesNotHaveError()
                .satisfies(context -> assertThat(context.toString()).doesNotContain(QUESTION.text()));
        assertThat(observations.getCurrentObservation()).isNull();
    }

    @Test
    void anAnswerIsASpanOfTheCallersWithTheFirstTokenWhereItWas() throws Exception {
        CompletableFuture<RapidChatResponseMetadata> answer = new CompletableFuture<>();
        Observation parent = Observation.start("caller", observations);
        parent.scoped(() -> streamingModel.chat(request(parameters -> {}), new Answer(answer)));
        Duration toFirstToken = answer.get().timeToFirstToken();
        parent.stop();

        SimpleSpan span = await().until(
                        () -> tracer.getSpans().stream()
                                .filter(candidate -> candidate.getName().equals("chat lighthouse"))
                                .findAny(),
                        Optional::isPresent)
                .orElseThrow();
        SimpleSpan caller = tracer.getSpans().peekFirst();
        assertThat(span.context().parentId()).isEqualTo(caller.context().spanId());
        assertThat(span.getTags()).containsEntry("gen_ai.operation.name", "chat");
        Map<String, Duration> events = span.getEvents().stream()
                .collect(toMap(
                        Map.Entry::getValue,
                        event -> Duration.between(
                                span.getStartTimestamp(), Instant.ofEpochSecond(0, event.getKey() * 1000))));
        assertThat(events).containsOnlyKeys("turn", "first token");
        assertThat(events.get("turn")).isLessThan(events.get("first token"));
        assertThat(events.get("first token")).isCloseTo(toFirstToken, Duration.ofMillis(50));
    }

    @Test
    void aRefusedRequestIsCountedOnce() throws Exception {
        new EngineMetrics(loader).bindTo(meters);
        try (Busy busy = new Busy()) {
            busy.ask(parameters -> {});
            assertThat(meters.get("rapid.queue.length").gauge().value()).isEqualTo(1);
            assertThatThrownBy(() -> model.chat(request(parameters -> {}))).isInstanceOf(RateLimitException.class);
        }

        assertOneRequest("error", "RateLimitException");
        TestObservationRegistryAssert.assertThat(observations)
                .hasSingleObservationThat()
                .hasError();
    }

    /** Keeps the engine busy with requests that are not measured. */
    private static final class Busy implements AutoCloseable {

        private final RapidStreamingChatModel model =
                RapidStreamingChatModel.builder().engine(loader.engine()).build();
        private final List<CompletableFuture<RapidChatResponseMetadata>> answers = new ArrayList<>();
        private final CountDownLatch goOn = new CountDownLatch(1);

        Busy() throws InterruptedException {
            CountDownLatch started = new CountDownLatch(1);
            ask(parameters -> parameters.progressListener(new ProgressListener() {
                @Override
                public void onDecoding(GenerationStatistics soFar) {
                    started.countDown();
                    awaitUninterruptibly(goOn);
                }
            }));
            started.await();
        }

        void ask(Consumer<RapidChatRequestParameters.Builder> options) {
            CompletableFuture<RapidChatResponseMetadata> answer = new CompletableFuture<>();
            answers.add(answer);
            model.chat(request(options), new Answer(answer));
        }

        @Override
        public void close() {
            goOn.countDown();
            answers.forEach(CompletableFuture::join);
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aStreamCancelledByItsHandleIsCountedOnceAndIsNoError() throws Exception {
        CompletableFuture<Void> cancelled = new CompletableFuture<>();
        streamingModel.chat(request(parameters -> {}), new Answer(new CompletableFuture<>()) {
            @Override
            public void onPartialResponse(PartialResponse text, PartialResponseContext context) {
                context.streamingHandle().cancel();
                context.streamingHandle().cancel();
                assertThat(context.streamingHandle().isCancelled()).isTrue();
                cancelled.complete(null);
            }
        });
        cancelled.get();

        assertOneRequest("cancelled", "none");
        TestObservationRegistryAssert.assertThat(observations)
                .hasSingleObservationThat()
                .doesNotHaveError();
    }

    @Test
    void aStreamCancelledWhileItWaitsIsCountedOnce() throws Exception {
        Busy busy = new Busy();
        try {
            CompletableFuture<StreamingHandle> handle = new CompletableFuture<>();
            streamingModel.chat(
                    request(parameters -> parameters.progressListener(new ProgressListener() {
                        @Override
                        public void onRequested(StreamingHandle given) {
                            handle.complete(given);
                        }
                    })),
                    new Answer(new CompletableFuture<>()));
            handle.get().cancel();
            assertOneRequest("cancelled", "none");
        } finally {
            busy.close();
        }
    }

    @Test
    void anImpossibleStreamIsCountedOnceAndNotUnderTheNameItAskedFor() {
        CompletableFuture<RapidChatResponseMetadata> answer = new CompletableFuture<>();
        streamingModel.chat(
                request(parameters -> parameters.modelName("any name a client may think of")), new Answer(answer));

        assertThat(answer)
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(UnsupportedFeatureException.class);
        assertOneRequest("error", "UnsupportedFeatureException");
        assertThat(meters.get("rapid.requests").timer().getId().getTag("model")).isEqualTo("lighthouse");
        TestObservationRegistryAssert.assertThat(observations)
                .hasSingleObservationThat()
                .hasLowCardinalityKeyValue("gen_ai.request.model", "lighthouse");
    }

    @Test
    void whatAHandlerThrowsEndsItsRequestOnce() throws Exception {
        CompletableFuture<RapidChatResponseMetadata> answer = new CompletableFuture<>();
        streamingModel.chat(request(parameters -> {}), new Answer(answer) {
            @Override
            public void onPartialResponse(PartialResponse text, PartialResponseContext context) {
                throw new IllegalStateException("broken handler");
            }

            @Override
            public void onError(Throwable error) {}
        });
        answer.get();

        assertOneRequest("error", "IllegalStateException");
    }

    @Test
    void anErrorThatAHandlerThrowsIsAnErrorOfItsRequestAndNoCancellation() throws Exception {
        CompletableFuture<Throwable> heard = new CompletableFuture<>();
        streamingModel.chat(request(parameters -> {}), new Answer(new CompletableFuture<>()) {
            @Override
            public void onPartialResponse(PartialResponse text, PartialResponseContext context) {
                throw new AssertionError("broken handler");
            }

            @Override
            public void onError(Throwable error) {
                heard.complete(error);
            }
        });
        heard.get(1, TimeUnit.MINUTES);

        assertOneRequest("error", "AssertionError");
    }

    @Test
    void requestsOfOtherModelsAreNotMeasured() {
        ChatModel other = new ChatModel() {
            @Override
            public ChatResponse doChat(ChatRequest request) {
                return ChatResponse.builder()
                        .aiMessage(AiMessage.from("answer"))
                        .build();
            }

            @Override
            public List<ChatModelListener> listeners() {
                return listeners;
            }
        };
        other.chat("question");
        model.chat(request(parameters -> parameters.mode(Mode.LONG_CONTEXT).maxOutputTokens(1)));

        assertOneRequest("success", "none");
    }

    private static class Answer implements StreamingChatResponseHandler {

        private final CompletableFuture<RapidChatResponseMetadata> answer;

        Answer(CompletableFuture<RapidChatResponseMetadata> answer) {
            this.answer = answer;
        }

        @Override
        public void onCompleteResponse(ChatResponse response) {
            answer.complete((RapidChatResponseMetadata) response.metadata());
        }

        @Override
        public void onError(Throwable error) {
            answer.completeExceptionally(error);
        }
    }
}
