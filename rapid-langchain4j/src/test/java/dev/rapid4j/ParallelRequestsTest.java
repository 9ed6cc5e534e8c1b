package dev.rapid4j;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.rapid4j.internal.retrieval.BagOfWords;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many requests to one engine, several of which it answers at once. */
@Timeout(180)
class ParallelRequestsTest {

    private static final int AT_ONCE = 4;
    private static final int WAITING = 64;
    private static final LighthouseRegister REGISTER = LighthouseRegister.generate(20, 1);
    private static final List<Question> QUESTIONS = REGISTER.questions(Kind.ENTRY, 10, 3);

    private final Gate gate = new Gate();

    private RapidEngine engine(int atOnce) {
        return RapidEngine.builder()
                .target(LighthouseModel.directory())
                .targetWeights(WeightFormat.FLOAT32)
                .embeddingModel(new BagOfWords())
                .passageTokens(128)
                .draftContextTokens(256)
                .maxParallelRequests(atOnce)
                .maxQueuedRequests(WAITING)
                .progressListener(gate)
                .build();
    }

    /** In another mode each time, some of them held to nothing but chance and a seed. */
    private static ChatRequest request(int i) {
        Mode[] modes = Mode.values();
        return ChatRequest.builder()
                .messages(List.<ChatMessage>of(UserMessage.from(
                        TextContent.from(REGISTER.text()),
                        TextContent.from(QUESTIONS.get(i % QUESTIONS.size()).text()))))
                .parameters(RapidChatRequestParameters.builder()
                        .mode(i % 9 == 0 ? Mode.RAPID : modes[i % modes.length])
                        .temperature(i % 4 == 0 ? 0.7 : 0.0)
                        .seed(i)
                        .maxOutputTokens(6 + i % 5)
                        .build())
                .build();
    }

    private static List<Recorder> ask(RapidEngine engine, List<Integer> requests) {
        RapidStreamingChatModel model =
                RapidStreamingChatModel.builder().engine(engine).build();
        return requests.stream()
                .map(i -> {
                    Recorder recorder = new Recorder();
                    model.chat(request(i), recorder);
                    return recorder;
                })
                .toList();
    }

    private static boolean isSupported(int i) {
        // naive speculation needs a drafter of its own
        return request(i).parameters() instanceof RapidChatRequestParameters parameters
                && parameters.mode() != Mode.NAIVE_SPECULATIVE;
    }

    @Test
    void ofTwoHundredAllAreAnsweredAsAloneOrRefusedAtOnce() throws Exception {
        List<Integer> requests = IntStream.iterate(0, i -> i + 1)
                .filter(ParallelRequestsTest::isSupported)
                .limit(200)
                .boxed()
                .toList();
        int taken = AT_ONCE + WAITING;
        Map<Integer, String> alone;
        try (RapidEngine engine = engine(1)) {
            RapidChatModel model = RapidChatModel.builder().engine(engine).build();
            alone = requests.stream()
                    .limit(taken)
                    .collect(toMap(
                            i -> i,
                            i -> String.valueOf(
                                    model.chat(request(i)).aiMessage().text())));
        }
        try (RapidEngine engine = engine(AT_ONCE)) {
            // while nothing ends: so many are taken in, and all others refused
            gate.shut();
            List<Recorder> asked = ask(engine, requests);
            for (Recorder refused : asked.subList(taken, asked.size())) {
                assertThat(refused.failure()).isInstanceOf(RateLimitException.class);
            }
            for (int i = 0; i < AT_ONCE; i++) {
                gate.awaitArrival();
            }
            assertThat(engine.status())
                    .returns(AT_ONCE, EngineStatus::runningRequests)
                    .returns(WAITING, EngineStatus::waitingRequests);
            gate.open();
            for (int i = 0; i < taken; i++) {
                assertThat(String.valueOf(asked.get(i).response().aiMessage().text()))
                        .as("request %d", requests.get(i))
                        .isEqualTo(alone.get(requests.get(i)));
            }
            assertThat(ask(engine, List.of(0)).get(0).response()).isNotNull();
        }
    }

    @Test
    void whoIsCancelledOrClosedOnLeavesNothingBehind() throws Exception {
        List<Recorder> recorders = new ArrayList<>();
        CountDownLatch cancelled = new CountDownLatch(AT_ONCE);
        RapidEngine engine = engine(AT_ONCE);
        RapidStreamingChatModel model =
                RapidStreamingChatModel.builder().engine(engine).build();
        for (int i = 0; i < AT_ONCE; i++) {
            model.chat(request(4), new Recorder() {
                @Override
                public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
                    context.streamingHandle().cancel();
                    cancelled.countDown();
                }
            });
            recorders.addAll(ask(engine, List.of(4)));
        }
        cancelled.await();
        for (Recorder recorder : recorders) {
            assertThat(recorder.response().aiMessage().text()).isNotBlank();
        }

        gate.shut();
        List<Recorder> ended = ask(engine, List.of(4, 4, 4, 4, 4, 4, 4, 4));
        for (int i = 0; i < AT_ONCE; i++) {
            gate.awaitArrival();
        }
        Thread closing = new Thread(engine::close);
        closing.start();
        for (Recorder recorder : ended) {
            assertThat(recorder.failure()).isInstanceOf(NonRetriableException.class);
        }
        gate.open();
        closing.join();
        assertThat(engine.status())
                .returns(0, EngineStatus::runningRequests)
                .returns(0, EngineStatus::waitingRequests)
                .returns(0L, EngineStatus::cacheBytes);
    }
}
