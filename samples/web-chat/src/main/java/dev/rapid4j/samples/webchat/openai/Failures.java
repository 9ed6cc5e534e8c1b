package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.rapid4j.internal.decoding.RequestTooLargeException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;

/** What goes wrong, in OpenAI's form. */
final class Failures {

    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

    private Failures() {}

    /** @param retryAfter when a full queue is likely to have a place again */
    static OpenAiException toOpenAi(Throwable failure, Duration retryAfter) {
        if (failure instanceof OpenAiException known) {
            return known;
        }
        String message = failure.getMessage();
        if (failure.getCause() instanceof RequestTooLargeException) {
            return OpenAiException.invalid("messages", "context_length_exceeded", message);
        }
        if (failure instanceof UnsupportedFeatureException) {
            return OpenAiException.unsupported(null, message);
        }
        if (failure instanceof InvalidRequestException) {
            return OpenAiException.invalid(null, null, message);
        }
        if (failure instanceof RateLimitException) {
            return OpenAiException.rateLimit(message, retryAfter);
        }
        if (failure instanceof TimeoutException) {
            return OpenAiException.failed(HttpStatus.GATEWAY_TIMEOUT, message);
        }
        if (failure instanceof NonRetriableException) {
            return OpenAiException.unavailable(message, retryAfter);
        }
        LOG.error("A request failed", failure);
        return OpenAiException.failed(
                HttpStatus.INTERNAL_SERVER_ERROR, "The request failed; the server's log tells more");
    }
}
