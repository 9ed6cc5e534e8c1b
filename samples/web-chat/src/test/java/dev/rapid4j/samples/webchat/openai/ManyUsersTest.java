package dev.rapid4j.samples.webchat.openai;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.samples.lighthouse.Lighthouse;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.webchat.RunningServer;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.json.JsonMapper;

/** 50 users at once on a queue of 10, each with a question of its own. */
class ManyUsersTest extends RunningServer {

    private static final LighthouseRegister REGISTER = LighthouseRegister.generate(13, 3);
    private static final List<String> QUESTIONS = REGISTER.lighthouses().stream()
            .map(Lighthouse::place)
            .flatMap(place -> Stream.of(
                    "How tall is the lighthouse at " + place + "?",
                    "Who keeps the light at " + place + "?",
                    "How does the lamp at " + place + " flash?",
                    "Who built the tower at " + place + ", and when?"))
            .limit(50)
            .toList();

    /** What the model says when nobody else asks. */
    private static final Map<String, String> ANSWERS = new HashMap<>();

    @Autowired
    private ChatModel alone;

    private String answer(String question) {
        return ANSWERS.computeIfAbsent(
                question,
                unknown -> alone.chat(ChatRequest.builder()
                                .messages(
                                        UserMessage.from(TextContent.from(REGISTER.text()), TextContent.from(question)))
                                .parameters(RapidChatRequestParameters.builder()
                                        .mode(Mode.LONG_CONTEXT)
                                        .build())
                                .build())
                        .aiMessage()
                        .text());
    }

    private CompletableFuture<HttpResponse<String>> ask(String question) {
        String body = """
                {"model": "%s", "messages": [{"role": "user", "content": [
                  {"type": "text", "text": %s}, {"type": "text", "text": "%s"}]}],
                  "rapid": {"mode": "LONG_CONTEXT"}}""".formatted(engine.modelName(), Json.write(REGISTER.text()), question);
        return http.sendAsync(completion(body), BodyHandlers.ofString());
    }

    private static long retryAfter(HttpResponse<String> refusal) {
        return refusal.headers().firstValueAsLong("Retry-After").orElseThrow();
    }

    private void assertAllAnswered(Map<String, CompletableFuture<HttpResponse<String>>> responses) throws Exception {
        CompletableFuture.allOf(responses.values().toArray(CompletableFuture[]::new))
                .get(120, SECONDS);
        responses.forEach((question, response) -> {
            assertThat(response.join().statusCode()).isEqualTo(200);
            assertThat(JsonMapper.shared()
                            .readTree(response.join().body())
                            .at("/choices/0/message/content")
                            .stringValue())
                    .isEqualTo(answer(question));
        });
    }

    @Test
    void thoseThatFitAreAnsweredAndTheOthersRefusedAtOnce() throws Exception {
        brake.stop();
        Map<String, CompletableFuture<HttpResponse<String>>> responses = new HashMap<>();
        QUESTIONS.forEach(question -> responses.put(question, ask(question)));
        int fitting = 1 + QUEUE;
        await().until(() ->
                responses.values().stream().filter(CompletableFuture::isDone).count() == QUESTIONS.size() - fitting);
        assertThat(engine.status().waitingRequests()).isEqualTo(QUEUE);
        assertThat(responses.values().stream().filter(CompletableFuture::isDone).map(CompletableFuture::join))
                .allSatisfy(refusal -> {
                    assertThat(refusal.statusCode()).isEqualTo(429);
                    assertThat(refusal.body()).contains("rate_limit_exceeded");
                    assertThat(retryAfter(refusal)).isBetween(1L, 60L);
                });
        responses.values().removeIf(CompletableFuture::isDone);
        brake.release();
        assertAllAnswered(responses);
    }

    @Test
    void whoTriesAgainWhenToldIsAnsweredInTheEnd() throws Exception {
        Map<String, CompletableFuture<HttpResponse<String>>> responses = new HashMap<>();
        QUESTIONS.forEach(question -> responses.put(question, askUntilAnswered(question)));
        assertAllAnswered(responses);
        assertThat(ANSWERS.values()).doesNotHaveDuplicates();
        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("rapid-stream")));
    }

    private CompletableFuture<HttpResponse<String>> askUntilAnswered(String question) {
        return ask(question).thenCompose(response -> {
            if (response.statusCode() != 429) {
                return CompletableFuture.completedFuture(response);
            }
            Executor later = CompletableFuture.delayedExecutor(retryAfter(response), SECONDS);
            return CompletableFuture.supplyAsync(() -> askUntilAnswered(question), later)
                    .thenCompose(again -> again);
        });
    }
}
