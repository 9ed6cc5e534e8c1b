package dev.rapid4j.samples.webchat.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rapid4j.samples.webchat.WebChat;
import dev.rapid4j.spring.EngineState;
import dev.rapid4j.spring.RapidEngineLoader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The application runs, and there is no model, or not yet. */
class UnavailableModelTest {

    private static ConfigurableApplicationContext start(String... arguments) {
        SpringApplication application = new SpringApplication(WebChat.class);
        return application.run(
                Stream.concat(Stream.of("--server.port=0", "--langchain4j.rapid.load=background"), Stream.of(arguments))
                        .toArray(String[]::new));
    }

    private static JsonNode refusal(ConfigurableApplicationContext application) throws Exception {
        URI uri = URI.create("http://localhost:" + application.getEnvironment().getProperty("local.server.port")
                + "/v1/chat/completions");
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(uri)
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString("""
                                                {"model": "any", "messages": [{"role": "user", "content": "Who?"}]}"""))
                                .build(),
                        BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValueAsLong("Retry-After").orElseThrow())
                .isPositive();
        return JsonMapper.shared().readTree(response.body()).path("error");
    }

    @Test
    void aModelThatFailsToLoadIsToldWithTheReason(@TempDir Path empty) throws Exception {
        try (ConfigurableApplicationContext application = start("--langchain4j.rapid.target=" + empty)) {
            RapidEngineLoader loader = application.getBean(RapidEngineLoader.class);
            await().until(() -> loader.state() instanceof EngineState.Failed);
            assertThat(refusal(application).path("message").stringValue()).contains(empty.toString());
        }
    }

    @Test
    void aModelThatIsBeingLoadedIsWorthTryingAgain(@TempDir Path cache) throws Exception {
        try (ServerSocket silentHub = silentHub();
                ConfigurableApplicationContext application = start(
                        "--langchain4j.rapid.target=some/model",
                        "--langchain4j.rapid.hub.endpoint=http://localhost:" + silentHub.getLocalPort(),
                        "--langchain4j.rapid.hub.cache=" + cache)) {
            assertThat(refusal(application).path("message").stringValue()).contains("loaded");
        }
    }

    private static ServerSocket silentHub() throws IOException {
        return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }
}
