package dev.rapid4j.samples.webchat.openai;

import java.time.Duration;
import java.util.Optional;
import org.springframework.http.HttpStatus;

/** A request that ends with an error in OpenAI's form. */
final class OpenAiException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final HttpStatus status;
    private final transient OpenAiError error;
    private final transient Optional<Duration> retryAfter;

    private OpenAiException(
            HttpStatus status, String type, String param, String code, String message, Optional<Duration> retryAfter) {
        super(message);
        this.status = status;
        this.error = new OpenAiError(message, type, param, code);
        this.retryAfter = retryAfter;
    }

    static OpenAiException invalid(String param, String code, String message) {
        return invalid(HttpStatus.BAD_REQUEST, param, code, message);
    }

    static OpenAiException invalid(HttpStatus status, String param, String code, String message) {
        return new OpenAiException(status, "invalid_request_error", param, code, message, Optional.empty());
    }

    static OpenAiException unsupported(String param, String message) {
        return invalid(param, "unsupported_parameter", message);
    }

    static OpenAiException rateLimit(String message, Duration retryAfter) {
        return new OpenAiException(
                HttpStatus.TOO_MANY_REQUESTS,
                "requests",
                null,
                "rate_limit_exceeded",
                message,
                Optional.of(retryAfter));
    }

    static OpenAiException unavailable(String message, Duration retryAfter) {
        return new OpenAiException(
                HttpStatus.SERVICE_UNAVAILABLE,
                "server_error",
                null,
                "model_unavailable",
                message,
                Optional.of(retryAfter));
    }

    static OpenAiException failed(HttpStatus status, String message) {
        return new OpenAiException(status, "server_error", null, null, message, Optional.empty());
    }

    HttpStatus status() {
        return status;
    }

    OpenAiError error() {
        return error;
    }

    /** When it is worth trying again. */
    Optional<Duration> retryAfter() {
        return retryAfter;
    }
}
