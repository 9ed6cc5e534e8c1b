package dev.rapid4j.samples.webchat;

import static org.awaitility.Awaitility.await;

import dev.rapid4j.RapidEngine;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The web chat with the bundled models, which decode greedily, an API key and a short queue. */
@SpringBootTest(
        classes = {WebChat.class, EngineBrake.class},
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "web-chat.api-key=" + RunningServer.KEY,
            "web-chat.max-request-size=1MB",
            "langchain4j.rapid.model-name=rapid4j/lighthouse",
            "langchain4j.rapid.draft-context-tokens=512",
            "langchain4j.rapid.chat-model.temperature=0",
            "langchain4j.rapid.streaming-chat-model.temperature=0",
            "langchain4j.rapid.max-parallel-requests=1",
            "langchain4j.rapid.max-queued-requests=" + RunningServer.QUEUE
        })
public abstract class RunningServer {

    protected static final String KEY = "a secret";
    protected static final int QUEUE = 10;

    protected final HttpClient http = HttpClient.newHttpClient();

    @LocalServerPort
    private int port;

    @Autowired
    protected RapidEngine engine;

    @Autowired
    protected EngineBrake brake;

    @AfterEach
    void nothingGoesOn() {
        brake.release();
        awaitIdle(Duration.ofSeconds(10));
    }

    protected void awaitIdle(Duration time) {
        await().pollDelay(Duration.ZERO)
                .atMost(time)
                .until(() -> engine.status().runningRequests() == 0
                        && engine.status().waitingRequests() == 0);
    }

    protected int port() {
        return port;
    }

    protected String address(String path) {
        return "http://localhost:" + port + path;
    }

    protected HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(address(path)))
                .header("Authorization", "Bearer " + KEY)
                .header("Content-Type", "application/json");
    }

    protected HttpRequest completion(String body) {
        return request("/v1/chat/completions")
                .POST(BodyPublishers.ofString(body))
                .build();
    }
}
