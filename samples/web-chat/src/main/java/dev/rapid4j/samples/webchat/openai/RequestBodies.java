package dev.rapid4j.samples.webchat.openai;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Objects;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;

/** Reads the bodies of requests, up to a length. */
@Component
class RequestBodies {

    private final OpenAiProperties properties;

    RequestBodies(OpenAiProperties properties) {
        this.properties = properties;
    }

    /** @throws OpenAiException if it is too large, of another type, or incomplete */
    byte[] read(HttpServletRequest request) {
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
}
