package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.decoding.GenerationStatistics;
import dev.rapid4j.decoding.RequestTooLargeException;
import dev.rapid4j.samples.webchat.openai.PendingAnswer.Event;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
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
 * <p>A request keeps its thread until it is answered. There are never more of them than the engine's queue has places:
 * others are refused at once.
 */
@RestController
@RequestMapping("/v1")
@EnableConfigurationProperties(OpenAiProperties.class)
class OpenAiController {

    private static final Logger LOG = LoggerFactory.getLogger(OpenAiController.class);

    /** How often a client that hears nothing is tried, and so how long one that went away is waited for. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(1);

    private final ServedModel model;
    private final OpenAiProperties properties;
    private final Instant started = Instant.now();

    /** After about that long, the queue has a free place again. */
    private volatile Duration lastAnswer = Duration.ZERO;

    OpenAiController(ServedModel model, OpenAiProperties properties) {
        this.model = model;
        this.properties = properties;
    }

    /** Called before every other method of this class. */
    @ModelAttribute
    void checkApiKey(HttpServletRequest request) {
        if (properties.apiKey().isEmpty()) {
            return;
        }
        String authorization = Optional.ofNullable(request.getHeader(HttpHeaders.AUTHORIZATION)).orElse("");
        String expected = "Bearer " + properties.apiKey();
        if (!MessageDigest.isEqual(
                authorization.getBytes(StandardCharsets.UTF_8), expected.getBytes(StandardCharsets.UTF_8))) {
            throw OpenAiException.invalid(
                    HttpStatus.UNAUTHORIZED,
                    null,
                    "invalid_api_key",
                    "The API key is missing or wrong: send the one of web-chat.api-key as 'Authorization: Bearer KEY'");
        }
    }

    @PostMapping("/chat/completions")
    void complete(HttpServletRequest request, HttpServletResponse response) throws IOException, InterruptedException {
        ChatCompletionRequest completion = Json.readRequest(body(request));
        StreamingChatModel available = model.get();
        checkModel(completion.model());
        ChatRequest chatRequest = completion.toChatRequest();
        ChatCompletion.Head head = ChatCompletion.Head.of(completion.model());
        try (PendingAnswer answer = PendingAnswer.ask(available, chatRequest)) {
            write(
                    answer,
                    response,
                    completion.streamed()
                            ? CompletionWriter.streamed(response, head, completion.includesUsage())
                            : CompletionWriter.whole(response, head));
        }
    }
}
