package dev.rapid4j.samples.webchat.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rapid4j.samples.webchat.WebChat;
import dev.rapid4j.samples.webchat.web.ChatClient.Reply;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

@Timeout(60)
class UnavailableModelTest {

    private static void assertSaysWhy(String property, String state, String reason) {
        try (ConfigurableApplicationContext application =
                SpringApplication.run(WebChat.class, "--server.port=0", "--" + property)) {
            ChatClient client = new ChatClient(
                    ((WebServerApplicationContext) application).getWebServer().getPort());
            await().untilAsserted(() -> assertThat(
                            client.get("/api/status").json().get("state").asString())
                    .isEqualTo(state));
            assertThat(client.get("/api/status").json().get("reason").asString())
                    .contains(reason);

            String conversation = client.conversation();
            Reply question = client.post(conversation + "/questions", Map.of("question", "Who?"));
            assertThat(question.status()).isEqualTo(503);
            assertThat(question.header("Retry-After")).isNotNull();
            assertThat(question.json().get("detail").asString()).contains(reason);
            assertThat(client.upload(conversation, "a.txt", "text".getBytes(UTF_8))
                            .status())
                    .isEqualTo(503);
            assertThat(client.get(conversation).json().get("turns")).isEmpty();
        }
    }

    @Test
    void aModelThatFailsToLoadLeavesTheApplicationRunning() {
        assertSaysWhy("langchain4j.rapid.target=/nowhere/model", "failed", "/nowhere/model");
    }

    @Test
    void withoutAModelTheApplicationSaysWhatToSet() {
        assertSaysWhy("web-chat.bundled-models=false", "unconfigured", "langchain4j.rapid.target");
    }
}
