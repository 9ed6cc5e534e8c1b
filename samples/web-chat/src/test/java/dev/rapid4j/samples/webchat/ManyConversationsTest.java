package dev.rapid4j.samples.webchat;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** 50 users at once on a queue of 10, in the way of the page: each with a conversation and a document of its own. */
class ManyConversationsTest extends RunningServer {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int USERS = 50;

    @Autowired
    private ChatModel alone;

    private record User(String conversation, LighthouseRegister register, String question) {}

    private User user(int number) {
        LighthouseRegister register = LighthouseRegister.generate(8, number);
        String conversation =
                post("/api/conversations", "application/json", "{}").path("id").stringValue();
        post("/api/conversations/" + conversation + "/documents", "multipart/form-data; boundary=part", """
                --part\r
                Content-Disposition: form-data; name="file"; filename="register.txt"\r
                Content-Type: text/plain\r
                \r
                %s\r
                --part--\r
                """.formatted(
                        register.text()));
        return new User(
                conversation,
                register,
                "Who keeps the light at " + register.lighthouses().get(3).place() + "?");
    }

    private JsonNode post(String path, String contentType, String body) {
        HttpResponse<String> response = send(path, contentType, body).join();
        assertThat(response.statusCode()).isEqualTo(201);
        return JSON.readTree(response.body());
    }

    private CompletableFuture<HttpResponse<String>> send(String path, String contentType, String body) {
        return http.sendAsync(
                request(path)
                        .setHeader("Content-Type", contentType)
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private CompletableFuture<HttpResponse<String>> ask(User user) {
        return send(
                "/api/conversations/" + user.conversation + "/questions",
                "application/json",
                JSON.writeValueAsString(
                        Map.of("question", user.question, "mode", "RAPID", "compare", false, "temperature", 0)));
    }

    private String listen(HttpResponse<String> asked) throws Exception {
        String id = JSON.readTree(asked.body()).at("/answers/0/id").stringValue();
        String events = http.sendAsync(request("/api/answers/" + id + "/events").build(), BodyHandlers.ofString())
                .get(120, SECONDS)
                .body();
        assertThat(events).contains("event:done");
        return events.lines()
                .filter(line -> line.startsWith("data:{\"pieces\":"))
                .map(line -> JSON.readTree(line.substring("data:".length())))
                .flatMap(text -> text.path("pieces").valueStream())
                .map(piece -> piece.path("text").stringValue())
                .collect(Collectors.joining());
    }

    private String answerAlone(User user) {
        return alone.chat(UserMessage.from(TextContent.from(user.register.text()), TextContent.from(user.question)))
                .aiMessage()
                .text();
    }

    @Test
    void thoseThatFitAreAnsweredAndTheOthersWhenTheyAskAgain() throws Exception {
        List<User> users = IntStream.range(0, USERS).mapToObj(this::user).toList();
        brake.stop();
        Map<User, CompletableFuture<HttpResponse<String>>> questions = new HashMap<>();
        users.forEach(user -> questions.put(user, ask(user)));
        CompletableFuture.allOf(questions.values().toArray(CompletableFuture[]::new))
                .get(120, SECONDS);
        Map<Boolean, List<User>> accepted = users.stream()
                .collect(Collectors.partitioningBy(
                        user -> questions.get(user).join().statusCode() == 202));
        assertThat(accepted.get(true)).hasSize(1 + QUEUE);
        assertThat(accepted.get(false)).allSatisfy(user -> {
            HttpResponse<String> refusal = questions.get(user).join();
            assertThat(refusal.statusCode()).isEqualTo(429);
            assertThat(refusal.headers().firstValue("Retry-After")).isPresent();
        });
        brake.release();
        Map<User, String> answers = new HashMap<>();
        for (User user : accepted.get(true)) {
            answers.put(user, listen(questions.get(user).join()));
        }
        for (User user : accepted.get(false).subList(0, QUEUE)) {
            answers.put(user, listen(ask(user).get(120, SECONDS)));
        }
        answers.forEach((user, answer) -> assertThat(answer).isEqualTo(answerAlone(user)));
        assertThat(answers.values()).doesNotHaveDuplicates();
    }
}
