package dev.rapid4j.samples.webchat.openai;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.rapid4j.samples.lighthouse.Lighthouse;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.json.JsonMapper;

/** 50 users at once on a queue of 10, each with a question of its own. */
class ManyUsersTest extends RunningServer {

    private static final LighthouseRegister REGISTER = LighthouseRegister.generate(50, 3);

    @Autowired
    private ChatModel alone;

    /** @param answer what the model says when nobody else asks */
    private record User(String question, String answer) {}

    private List<User> users() {
        return REGISTER.lighthouses().stream().map(this::user).toList();
    }

    private User user(Lighthouse lighthouse) {
        String question = "Who keeps the light at " + lighthouse.place() + "?";
        UserMessage message = UserMessage.from(TextContent.from(REGISTER.text()), TextContent.from(question));
        return new User(question, alone.chat(message).aiMessage().text());
    }

    private CompletableFuture<HttpResponse<String>> ask(User user) {
        String body = """
                {"model": "%s", "messages": [{"role": "user", "content": [
                  {"type": "text", "text": %s}, {"type": "text", "text": "%s"}]}]}""".formatted(engine.modelName(), Json.write(REGISTER.text()), user.question);
        return http.sendAsync(completion(body), BodyHandlers.ofString());
    }

    private static long retryAfter(HttpResponse<String> refusal) {
        return refusal.headers().firstValueAsLong("Retry-After").orElseThrow();
    }

    private static void assertAnswered(HttpResponse<String> response, User user) {
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(JsonMapper.shared()
                        .readTree(response.body())
                        .at("/choices/0/message/content")
                        .stringValue())
                .isEqualTo(user.answer);
    }

    @Test
    void thoseThatFitAreAnsweredAndTheOthersRefusedAtOnce() throws Exception {
        List<User> users = users();
        assertThat(users.stream().map(User::answer).distinct()).hasSameSizeAs(users);
        brake.stop();
        List<CompletableFuture<HttpResponse<String>>> responses =
                users.stream().map(this::ask).toList();
        int fitting = 1 + QUEUE;
        await().until(() -> responses.stream().filter(CompletableFuture::isDone).count() == users.size() - fitting);
        assertThat(engine.status().waitingRequests()).isEqualTo(QUEUE);
        assertThat(responses.stream().filter(CompletableFuture::isDone).map(CompletableFuture::join))
                .allSatisfy(refusal -> {
                    assertThat(refusal.statusCode()).isEqualTo(429);
                    assertThat(refusal.body()).contains("rate_limit_exceeded");
                    assertThat(retryAfter(refusal)).isBetween(1L, 60L);
                });
        brake.release();
        for (int i = 0; i < users.size(); i++) {
            HttpResponse<String> response = responses.get(i).get(60, SECONDS);
            if (response.statusCode() != 429) {
                assertAnswered(response, users.get(i));
            }
        }
        assertThat(responses.stream().map(CompletableFuture::join).filter(response -> response.statusCode() == 200))
                .hasSize(fitting);
    }

    @Test
    void whoTriesAgainWhenToldIsAnsweredInTheEnd() throws Exception {
        List<User> users = users();
        List<CompletableFuture<HttpResponse<String>>> responses =
                users.stream().map(this::askUntilAnswered).toList();
        for (int i = 0; i < users.size(); i++) {
            assertAnswered(responses.get(i).get(60, SECONDS), users.get(i));
        }
        awaitIdle(Duration.ofSeconds(1));
        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("rapid-stream")));
    }

    private CompletableFuture<HttpResponse<String>> askUntilAnswered(User user) {
        return ask(user).thenCompose(response -> {
            if (response.statusCode() != 429) {
                return CompletableFuture.completedFuture(response);
            }
            Executor later = CompletableFuture.delayedExecutor(retryAfter(response), SECONDS);
            return CompletableFuture.supplyAsync(() -> askUntilAnswered(user), later)
                    .thenCompose(again -> again);
        });
    }
}
