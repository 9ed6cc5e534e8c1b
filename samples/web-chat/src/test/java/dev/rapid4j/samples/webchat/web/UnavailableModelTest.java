package dev.rapid4j.samples.webchat.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.samples.webchat.WebChat;
import dev.rapid4j.samples.webchat.web.ChatClient.Reply;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;

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
            // of a model whose loading has failed half-way
            application.getBean(LoadingProgress.class).onLoading("half", 1, 2);
            JsonNode status = client.get("/api/status").json();
            assertThat(status.get("reason").asString()).contains(reason);
            assertThat(status.get("loading").isNull()).isTrue();

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
    void withoutAnEmbeddingModelLongDocumentsAreAnsweredInModesThatDoNotSearch() {
        try (ConfigurableApplicationContext application = SpringApplication.run(
                WebChat.class,
                "--server.port=0",
                "--langchain4j.rapid.target=" + LighthouseModel.directory(),
                "--langchain4j.rapid.draft-context-tokens=512")) {
            ChatClient client = new ChatClient(
                    ((WebServerApplicationContext) application).getWebServer().getPort());
            await().untilAsserted(() -> assertThat(
                            client.get("/api/status").json().get("state").asString())
                    .isEqualTo("ready"));
            JsonNode status = client.get("/api/status").json();
            assertThat(status.get("embeddingModel").asBoolean()).isFalse();
            assertThat(status.get("defaults").get("mode").asString()).isEqualTo("LONG_CONTEXT");

            String conversation = client.conversationAboutSample();
            assertThat(lastEvent(client, conversation, "RAPID").data().toString())
                    .contains("langchain4j.rapid.embedding-model.model");
            for (String mode : List.of("LONG_CONTEXT", "STREAMING_DRAFT")) {
                assertThat(lastEvent(client, conversation, mode).name()).isEqualTo("done");
            }
        }
    }

    private static ChatClient.Event lastEvent(ChatClient client, String conversation, String mode) {
        Map<String, ?> question = Map.of("question", "Who?", "mode", mode, "maxOutputTokens", 2);
        List<ChatClient.Event> events =
                client.events(client.ask(conversation, question).get(0));
        return events.get(events.size() - 1);
    }

    @Test
    void withoutAModelTheApplicationSaysWhatToSet() {
        assertSaysWhy("web-chat.bundled-models=false", "unconfigured", "langchain4j.rapid.target");
    }
}
