package dev.rapid4j.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.DocumentContext;
import com.jayway.jsonpath.JsonPath;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** What an operator sees of an application with real requests. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "langchain4j.rapid.load=lazy",
            "langchain4j.rapid.target-weights=float32",
            "management.endpoints.web.exposure.include=health,metrics,prometheus",
            "management.prometheus.metrics.export.enabled=true",
            "management.endpoint.health.show-details=always",
            "management.endpoint.health.probes.enabled=true",
            "management.endpoint.health.group.readiness.include=readinessState,rapid",
        })
class ObservabilityIT {

    private static final LighthouseRegister REGISTER = LighthouseRegister.generate(5, 1);
    private static final String QUESTION = REGISTER.text() + "\n\n"
            + REGISTER.questions(LighthouseRegister.Kind.FACT, 1, 3).get(0).text();

    @SpringBootConfiguration
    @EnableAutoConfiguration
    static class Application {}

    @DynamicPropertySource
    static void target(DynamicPropertyRegistry registry) {
        registry.add(
                "langchain4j.rapid.target", () -> LighthouseModel.directory().toString());
    }

    @LocalServerPort
    private int port;

    @Autowired
    private ChatModel model;

    @Autowired
    private StreamingChatModel streamingModel;

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/actuator/" + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private DocumentContext read(String path) throws IOException, InterruptedException {
        return JsonPath.parse(get(path).body());
    }

    private double count(String meter, String tag) throws IOException, InterruptedException {
        return read("metrics/" + meter + "?tag=" + tag)
                .<List<Double>>read("$.measurements[?(@.statistic == 'COUNT')].value")
                .get(0);
    }

    @Test
    void endpointsTellWhatHappened() throws Exception {
        assertThat(read("health").<String>read("$.components.rapid.details.state"))
                .isEqualTo("waiting for the first request");
        assertThat(get("health/readiness").statusCode()).isEqualTo(200);
        assertThat(get("health/liveness").statusCode()).isEqualTo(200);

        ChatResponse answer = model.chat(UserMessage.from(QUESTION));
        CompletableFuture<Void> cancelled = new CompletableFuture<>();
        streamingModel.chat(
                ChatRequest.builder().messages(UserMessage.from(QUESTION)).build(), new StreamingChatResponseHandler() {
                    @Override
                    public void onPartialResponse(PartialResponse text, PartialResponseContext context) {
                        context.streamingHandle().cancel();
                        cancelled.complete(null);
                    }

                    @Override
                    public void onCompleteResponse(ChatResponse response) {
                        cancelled.completeExceptionally(new AssertionError("cancelled too late"));
                    }

                    @Override
                    public void onError(Throwable error) {
                        cancelled.completeExceptionally(error);
                    }
                });
        cancelled.get();

        DocumentContext health = read("health");
        assertThat(health.<String>read("$.components.rapid.status")).isEqualTo("UP");
        assertThat(health.<String>read("$.components.rapid.details.target.device"))
                .isEqualTo("cpu");
        assertThat(health.<String>read("$.components.rapid.details.target.weights"))
                .isEqualTo("float32");
        assertThat(health.<String>read("$.components.rapid.details.loadingTime"))
                .startsWith("PT");
        assertThat(health.<Integer>read("$.components.rapid.details.cacheBytes"))
                .isPositive();
        assertThat(count("rapid.requests", "outcome:success")).isEqualTo(1);
        assertThat(count("rapid.requests", "outcome:cancelled")).isEqualTo(1);
        assertThat(count("gen_ai.client.operation", "rapid.outcome:cancelled")).isEqualTo(1);
        assertThat(get("prometheus").body())
                .contains("rapid_output_tokens_total{mode=\"long_context\",model=\""
                        + answer.metadata().modelName() + "\"} "
                        + answer.tokenUsage().outputTokenCount());
    }
}
