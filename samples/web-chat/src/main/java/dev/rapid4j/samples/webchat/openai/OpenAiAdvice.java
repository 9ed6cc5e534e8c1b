package dev.rapid4j.samples.webchat.openai;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** What all of {@code /v1} has in common: who may ask, and what a failure looks like. */
@RestControllerAdvice(basePackageClasses = OpenAiAdvice.class)
class OpenAiAdvice {

    private final ServedModel model;
    private final OpenAiProperties properties;

    OpenAiAdvice(ServedModel model, OpenAiProperties properties) {
        this.model = model;
        this.properties = properties;
    }

    /** Comes before every method of a controller. */
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

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ExceptionHandler
    ResponseEntity<String> failed(Exception failure, HttpServletResponse response) throws Exception {
        if (response.isCommitted()) {
            throw failure;
        }
        OpenAiException error = Failures.toOpenAi(failure, model.lastAnswer());
        ResponseEntity.BodyBuilder builder =
                ResponseEntity.status(error.status()).contentType(MediaType.APPLICATION_JSON);
        Optional<Duration> retryAfter = error.retryAfter();
        retryAfter.ifPresent(time -> builder.header(HttpHeaders.RETRY_AFTER, Long.toString(time.toSeconds() + 1)));
        if (error.status() == HttpStatus.UNAUTHORIZED) {
            builder.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        }
        return builder.body(Json.write(error.error().body()));
    }
}
