package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.samples.webchat.openai.PendingAnswer.Event;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * OpenAI's {@code /v1/chat/completions} and {@code /v1/models}.
 *
 * <p>A request keeps its thread until it is answered. Those that wait are no more than the engine's queue has places:
 * the others are refused at once.
 */
@RestController
@RequestMapping("/v1")
class OpenAiController {

    private static final Logger LOG = LoggerFactory.getLogger(OpenAiController.class);

    private final ServedModel model;
    private final OpenAiProperties properties;
    private final Instant started = Instant.now();

    /** How long the engine worked on it: after as long, a full queue is likely to have a place again. */
    private volatile Duration lastAnswer = Duration.ZERO;

    OpenAiController(ServedModel model, OpenAiProperties properties) {
        this.model = model;
        this.properties = properties;
    }

    /** Comes before every other method. */
    @ModelAttribute
    void checkApiKey(HttpServletRequest request) {
        if (properties.apiKey().isEmpty()) {
            return;
        }
        String given = Objects.requireNonNullElse(request.getHeader(HttpHeaders.AUTHORIZATION), "");
        String expected = "Bearer " + properties.apiKey();
        if (!MessageDigest.isEqual(utf8(given), utf8(expected))) {
            throw OpenAiException.invalid(
                    HttpStatus.UNAUTHORIZED,
                    null,
                    "invalid_api_key",
                    "The API key is missing or wrong: send the server's web-chat.api-key as 'Authorization: Bearer KEY'");
        }
    }

    @PostMapping("/chat/completions")
    void complete(HttpServletRequest request, HttpServletResponse response) throws InterruptedException {
        ChatCompletionRequest completion = Json.readRequest(body(request));
        checkModel(completion.model(), model.engine());
        ChatRequest chatRequest = completion.toChatRequest();
        ChatCompletion.Head head = ChatCompletion.Head.of(completion.model());
        CompletionWriter writer = completion.streamed()
                ? new CompletionWriter.Streamed(response, head, completion.includesUsage())
                : new CompletionWriter.Whole(response, head);
        try (PendingAnswer answer = PendingAnswer.ask(model.streaming(), chatRequest)) {
            write(answer, writer);
        } catch (IOException e) {
            LOG.debug("A client has gone away, its answer ends here", e);
        }
    }

    private void write(PendingAnswer answer, CompletionWriter writer) throws IOException, InterruptedException {
        while (true) {
            Event event = answer.next(CompletionWriter.KEEP_ALIVE).orElse(null);
            if (event == null) {
                writer.keepAlive(answer.accepted());
            } else if (event instanceof Event.Text text) {
                writer.text(text.text());
            } else if (event instanceof Event.Complete complete) {
                remember(complete.response());
                writer.complete(complete.response());
                return;
            } else if (event instanceof Event.Failed failed) {
                writer.failed(Failures.toOpenAi(failed.failure(), lastAnswer));
                return;
            }
        }
    }

    private void remember(ChatResponse response) {
        if (response.metadata() instanceof RapidChatResponseMetadata metadata) {
            GenerationStatistics statistics = metadata.statistics();
            lastAnswer = statistics.retrieval().plus(statistics.prefill()).plus(statistics.decoding());
        }
    }

    @GetMapping("/models")
    ResponseEntity<String> models() {
        return json(ModelList.of(ModelList.Model.of(model.engine(), started)));
    }

    /** Names of models of the hub have a slash. */
    @GetMapping("/models/{*name}")
    ResponseEntity<String> model(@PathVariable String name) {
        RapidEngine engine = model.engine();
        checkModel(name.substring(1), engine);
        return json(ModelList.Model.of(engine, started));
    }

    @RequestMapping("/**")
    void unknown(HttpServletRequest request) {
        throw OpenAiException.invalid(
                HttpStatus.NOT_FOUND,
                null,
                "unknown_url",
                "Unknown request URL: " + request.getMethod() + " " + request.getRequestURI());
    }

    private static void checkModel(String name, RapidEngine engine) {
        if (name == null || name.isEmpty()) {
            throw OpenAiException.invalid("model", null, "model is missing; it is '" + engine.modelName() + "' here");
        }
        if (!name.equals(engine.modelName())) {
            throw OpenAiException.invalid(
                    HttpStatus.NOT_FOUND,
                    "model",
                    "model_not_found",
                    "The model '" + name + "' does not exist here; there is '" + engine.modelName() + "'");
        }
    }

    private byte[] body(HttpServletRequest request) {
        String contentType = Objects.requireNonNullElse(request.getContentType(), "");
        if (!contentType.split(";", 2)[0].strip().equalsIgnoreCase(MediaType.APPLICATION_JSON_VALUE)) {
            throw OpenAiException.invalid(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE, null, null, "Send the request as application/json");
        }
        int limit = Math.toIntExact(properties.maxRequestSize().toBytes());
        byte[] body;
        try {
            body = request.getInputStream().readNBytes(limit + 1);
        } catch (IOException e) {
            throw OpenAiException.invalid(null, null, "The body could not be read to its end");
        }
        if (body.length > limit) {
            throw OpenAiException.invalid(
                    HttpStatus.CONTENT_TOO_LARGE,
                    null,
                    "request_too_large",
                    "The body has more than the " + limit + " bytes that web-chat.max-request-size allows");
        }
        return body;
    }

    @ExceptionHandler
    ResponseEntity<String> failed(Exception failure, HttpServletResponse response) throws Exception {
        if (response.isCommitted()) {
            throw failure;
        }
        OpenAiException error = Failures.toOpenAi(failure, lastAnswer);
        ResponseEntity.BodyBuilder builder =
                ResponseEntity.status(error.status()).contentType(MediaType.APPLICATION_JSON);
        Optional<Duration> retryAfter = error.retryAfter();
        retryAfter.ifPresent(time -> builder.header(HttpHeaders.RETRY_AFTER, Long.toString(time.toSeconds() + 1)));
        if (error.status() == HttpStatus.UNAUTHORIZED) {
            builder.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        }
        return builder.body(Json.write(error.error().body()));
    }

    private static ResponseEntity<String> json(Object body) {
        return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(Json.write(body));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
