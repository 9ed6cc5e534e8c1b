package dev.rapid4j;

import static java.util.concurrent.TimeUnit.SECONDS;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.rapid4j.internal.retrieval.BagOfWords;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RapidStreamingChatModelTest {

    private static final LighthouseRegister REGISTER = LighthouseRegister.generate(20, 1);
    private static final Question QUESTION =
            REGISTER.questions(LighthouseRegister.Kind.ENTRY, 1, 3).get(0);
    private static final List<ChatMessage> ASK =
            List.of(UserMessage.from(TextContent.from(REGISTER.text()), TextContent.from(QUESTION.text())));
    private static final Gate GATE = new Gate();

    private static RapidEngine engine;
    private static RapidStreamingChatModel model;

    @BeforeAll
    static void load() {
        engine = RapidEngine.builder()
                .target(LighthouseModel.directory())
                .embeddingModel(new BagOfWords())
                .passageTokens(128)
                .draftContextTokens(512)
                .maxParallelRequests(1)
                .maxQueuedRequests(1)
                .progressListener(GATE)
                .build();
        model = RapidStreamingChatModel.builder().engine(engine).build();
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private static void assertStillAnswers() throws Exception {
        Recorder next = new Recorder();
        model.chat(ASK, next);
        assertThat(next.response().aiMessage().text()).isEqualTo(QUESTION.answer());
    }

    @Test
    void streamsTheAnswerInOrderOnOneThread() throws Exception {
        Recorder recorder = new Recorder();
        model.chat(ASK, recorder);
        ChatResponse response = recorder.response();

        assertThat(response.aiMessage().text()).isEqualTo(QUESTION.answer());
        assertThat(recorder.texts).hasSizeGreaterThan(10).doesNotContain("");
        assertThat(String.join("", recorder.texts)).isEqualTo(QUESTION.answer());
        assertThat(recorder.errors).isEmpty();
        assertThat(recorder.threads).hasSize(1).doesNotContain(Thread.currentThread());
        assertThat(response.metadata()).isInstanceOf(RapidChatResponseMetadata.class);
    }

    @Test
    void piecesTellWhichModelTheyComeFromAndTheRequestsListenerHearsOfEveryStep() throws Exception {
        List<RapidPartialResponse> pieces = new CopyOnWriteArrayList<>();
        Recorder recorder = new Recorder() {
            @Override
            public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
                pieces.add((RapidPartialResponse) partial);
            }
        };
        List<String> steps = new CopyOnWriteArrayList<>();
        List<Passage> passages = new CopyOnWriteArrayList<>();
        List<GenerationStatistics> rounds = new CopyOnWriteArrayList<>();
        ProgressListener progress = new ProgressListener() {
            private void step(String name) {
                if (steps.isEmpty() || !steps.get(steps.size() - 1).equals(name)) {
                    steps.add(name);
                }
            }

            @Override
            public void onQueued(int ahead) {
                step("queued");
            }

            @Override
            public void onIndexing(int embedded, int total) {
                step("indexing");
            }

            @Override
            public void onRetrieved(Retrieval retrieval) {
                step("retrieved");
                passages.addAll(retrieval.passages());
            }

            @Override
            public void onPrefill(int read, int total) {
                step("prefill");
            }

            @Override
            public void onDecoding(GenerationStatistics soFar) {
                step("decoding");
                rounds.add(soFar);
            }
        };
        LighthouseRegister unknown = LighthouseRegister.generate(20, 2);
        Question question =
                unknown.questions(LighthouseRegister.Kind.ENTRY, 1, 3).get(0);
        model.chat(
                ChatRequest.builder()
                        .messages(UserMessage.from(TextContent.from(unknown.text()), TextContent.from(question.text())))
                        .parameters(RapidChatRequestParameters.builder()
                                .draftTokens(10)
                                .lookupDrafting(false)
                                .progressListener(progress)
                                .build())
                        .build(),
                recorder);
        RapidChatResponseMetadata metadata =
                (RapidChatResponseMetadata) recorder.response().metadata();

        assertThat(steps).containsExactly("queued", "indexing", "retrieved", "prefill", "decoding");
        assertThat(passages).isEqualTo(metadata.passages());
        GenerationStatistics last = rounds.get(rounds.size() - 1);
        assertThat(rounds).hasSize(metadata.statistics().rounds());
        assertThat(last.withRetrieval(metadata.statistics().retrieval())).isEqualTo(metadata.statistics());
        assertThat(pieces.stream().map(PartialResponse::text).collect(joining()))
                .isEqualTo(question.answer());
        // the end token is drafted as well, but is no part of the answer
        assertThat((int) pieces.stream()
                        .filter(piece -> piece.source() == TokenSource.DRAFTER)
                        .count())
                .isBetween(last.acceptedTokens() - 1, last.acceptedTokens());
        assertThat(pieces).anyMatch(piece -> piece.source() == TokenSource.TARGET);
        assertThat(metadata.timeToFirstToken()).isBetween(metadata.statistics().prefill(), Duration.ofMinutes(2));
    }

    @Test
    void afterCancellationNothingComes() throws Exception {
        CompletableFuture<StreamingHandle> handle = new CompletableFuture<>();
        List<String> cancelled = new CopyOnWriteArrayList<>();
        Recorder recorder = new Recorder() {
            @Override
            public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
                texts.add(partial.text());
                if (texts.size() == 3) {
                    assertThat(context.streamingHandle().isCancelled()).isFalse();
                    context.streamingHandle().cancel();
                    handle.complete(context.streamingHandle());
                }
            }
        };
        model.chat(
                askHearing(hearingOfCancellation("first", cancelled).and(hearingOfCancellation("second", cancelled))),
                recorder);

        assertThat(handle.get(60, SECONDS).isCancelled()).isTrue();
        handle.get().cancel();
        assertThat(cancelled).containsExactly("first", "second");
        // requests are answered one after the other, so the cancelled one has ended after this
        assertStillAnswers();
        assertThat(recorder.texts).hasSize(3);
        assertThat(recorder.complete).isNotDone();
        assertThat(recorder.errors).isEmpty();
    }

    @Test
    void aRequestCanBeCancelledBeforeItsFirstPiece() throws Exception {
        CompletableFuture<StreamingHandle> running = new CompletableFuture<>();
        CompletableFuture<StreamingHandle> waiting = new CompletableFuture<>();
        Recorder recorder = new Recorder();
        GATE.shut();
        try {
            model.chat(askHandingOut(running), recorder);
            GATE.awaitArrival();
            model.chat(askHandingOut(waiting), recorder);
            assertThat(engine.status().waitingRequests()).isOne();
            waiting.get(60, SECONDS).cancel();
            assertThat(engine.status().waitingRequests()).isZero();
            running.get(60, SECONDS).cancel();
        } finally {
            GATE.open();
        }
        assertStillAnswers();
        assertThat(recorder.texts).isEmpty();
        assertThat(recorder.complete).isNotDone();
        assertThat(recorder.errors).isEmpty();
    }

    @Test
    void anAnswerThatHasBeenDeliveredIsNotCancelled() throws Exception {
        CompletableFuture<StreamingHandle> handle = new CompletableFuture<>();
        List<String> cancelled = new CopyOnWriteArrayList<>();
        Recorder recorder = new Recorder();
        model.chat(askHearing(handingOut(handle).and(hearingOfCancellation("any", cancelled))), recorder);
        recorder.response();
        handle.get(60, SECONDS).cancel();

        assertThat(cancelled).isEmpty();
    }

    private static ChatRequest askHandingOut(CompletableFuture<StreamingHandle> handle) {
        return askHearing(handingOut(handle));
    }

    private static ProgressListener handingOut(CompletableFuture<StreamingHandle> handle) {
        return new ProgressListener() {
            @Override
            public void onRequested(StreamingHandle given) {
                handle.complete(given);
            }
        };
    }

    private static ProgressListener hearingOfCancellation(String name, List<String> cancelled) {
        return new ProgressListener() {
            @Override
            public void onCancelled() {
                cancelled.add(name);
            }
        };
    }

    private static ChatRequest askHearing(ProgressListener progress) {
        return ChatRequest.builder()
                .messages(ASK)
                .parameters(RapidChatRequestParameters.builder()
                        .progressListener(progress)
                        .build())
                .build();
    }

    @Test
    void aHandlersExceptionGoesToItsOnErrorAndTheAnswerGoesOn() throws Exception {
        RuntimeException bug = new IllegalStateException("a bug in the handler");
        Recorder recorder = new Recorder() {
            @Override
            public void onPartialResponse(String partialResponse) {
                super.onPartialResponse(partialResponse);
                throw bug;
            }

            @Override
            public void onError(Throwable failure) {
                super.onError(failure);
                throw new IllegalStateException("a bug in the bug's handler");
            }
        };
        List<String> heard = new CopyOnWriteArrayList<>();
        ChatModelListener listener = new ChatModelListener() {
            @Override
            public void onRequest(ChatModelRequestContext context) {
                heard.add("request");
            }

            @Override
            public void onResponse(ChatModelResponseContext context) {
                heard.add("response");
            }

            @Override
            public void onError(ChatModelErrorContext context) {
                heard.add("error");
            }
        };
        RapidStreamingChatModel.builder()
                .engine(engine)
                .listeners(listener)
                .build()
                .chat(ASK, recorder);

        assertThat(recorder.response().aiMessage().text()).isEqualTo(QUESTION.answer());
        assertThat(String.join("", recorder.texts)).isEqualTo(QUESTION.answer());
        assertThat(recorder.errors).hasSameSizeAs(recorder.texts).containsOnly(bug);
        assertThat(heard)
                .hasSize(recorder.errors.size() + 2)
                .startsWith("request")
                .endsWith("response");
        assertStillAnswers();
    }

    @Test
    void anExceptionInOnCompleteGoesToOnError() throws Exception {
        RuntimeException bug = new IllegalStateException("a bug in the handler");
        Recorder recorder = new Recorder() {
            @Override
            public void onCompleteResponse(ChatResponse response) {
                super.onCompleteResponse(response);
                throw bug;
            }
        };
        model.chat(ASK, recorder);

        assertThat(recorder.failure()).isSameAs(bug);
        assertThat(recorder.response().aiMessage().text()).isEqualTo(QUESTION.answer());
        assertThat(recorder.errors).hasSize(1);
    }

    @Test
    void aHandlersErrorEndsTheAnswer() throws Exception {
        AssertionError bug = new AssertionError("not what was expected");
        Recorder recorder = new Recorder() {
            @Override
            public void onPartialResponse(String partialResponse) {
                super.onPartialResponse(partialResponse);
                throw bug;
            }
        };
        model.chat(ASK, recorder);

        assertThat(recorder.failure()).isSameAs(bug);
        assertStillAnswers();
        assertThat(recorder.texts).hasSize(1);
        assertThat(recorder.complete).isNotDone();
    }

    @Test
    void aHandlerMayWaitForAnotherAnswer() throws Exception {
        RapidChatModel other = RapidChatModel.builder().engine(engine).build();
        CompletableFuture<String> nested = new CompletableFuture<>();
        Recorder recorder = new Recorder() {
            @Override
            public void onPartialResponse(String partialResponse) {
                super.onPartialResponse(partialResponse);
                if (texts.size() == 1) {
                    nested.complete(other.chat(ASK).aiMessage().text());
                }
            }
        };
        model.chat(ASK, recorder);

        assertThat(recorder.response().aiMessage().text()).isEqualTo(QUESTION.answer());
        assertThat(nested).isCompletedWithValue(QUESTION.answer());
        assertThat(recorder.errors).isEmpty();
    }

    @Test
    void aSlowHandlerHoldsNobodyUp() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        Recorder slow = new Recorder() {
            @Override
            public void onPartialResponse(String partialResponse) {
                super.onPartialResponse(partialResponse);
                try {
                    go.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        };
        model.chat(ASK, slow);
        assertStillAnswers();
        assertThat(slow.complete).isNotDone();

        go.countDown();
        assertThat(slow.response().aiMessage().text()).isEqualTo(QUESTION.answer());
    }

    @Test
    void aHandlerMayCloseTheEngine() throws Exception {
        RapidStreamingChatModel closing = RapidStreamingChatModel.builder()
                .target(LighthouseModel.directory())
                .build();
        CompletableFuture<Void> closed = new CompletableFuture<>();
        Recorder recorder = new Recorder() {
            @Override
            public void onPartialResponse(String partialResponse) {
                super.onPartialResponse(partialResponse);
                if (!closed.isDone()) {
                    closing.close();
                    closed.complete(null);
                }
            }
        };
        closing.chat("Tell me a story.", recorder);
        closed.get(60, SECONDS);

        Recorder late = new Recorder();
        closing.chat("Another one.", late);
        assertThat(late.failure()).isInstanceOf(NonRetriableException.class).hasMessageContaining("closed");
        // either it had been generated by then, or it has ended
        CompletableFuture.anyOf(recorder.complete, recorder.error).get(60, SECONDS);
    }

    @Test
    void closingEndsARunningStream() throws Exception {
        Gate gate = new Gate();
        gate.shut();
        RapidStreamingChatModel closing = RapidStreamingChatModel.builder()
                .target(LighthouseModel.directory())
                .progressListener(gate)
                .build();
        Recorder running = new Recorder();
        Recorder waiting = new Recorder();
        closing.chat("Who are you?", running);
        gate.awaitArrival();
        closing.chat("And you?", waiting);
        CompletableFuture<Void> closed = CompletableFuture.runAsync(closing::close);

        assertThat(running.failure()).isInstanceOf(NonRetriableException.class);
        assertThat(waiting.failure()).isInstanceOf(NonRetriableException.class);
        gate.open();
        closed.get(60, SECONDS);
        assertThat(running.texts).isEmpty();
    }

    @Test
    void whatComesAfterTheChecksGoesToOnError() throws Exception {
        RapidStreamingChatModel hasty = RapidStreamingChatModel.builder()
                .engine(engine)
                .timeout(Duration.ofMillis(50))
                .build();
        GATE.shut();
        try {
            Recorder running = new Recorder();
            Recorder waiting = new Recorder();
            Recorder refused = new Recorder();
            model.chat(ASK, running);
            GATE.awaitArrival();
            hasty.chat(ASK, waiting);
            model.chat(ASK, refused);

            // the one that waited has made room or not, depending on the time
            assertThat(waiting.failure()).isInstanceOf(TimeoutException.class);
            GATE.open();
            assertThat(running.response().aiMessage().text()).isEqualTo(QUESTION.answer());
            CompletableFuture.anyOf(refused.complete, refused.error).get(60, SECONDS);
            assertThat(refused.errors).allMatch(RateLimitException.class::isInstance);
        } finally {
            GATE.open();
        }
        assertThatThrownBy(() -> model.chat(" ", new Recorder())).isInstanceOf(InvalidRequestException.class);
    }
}
