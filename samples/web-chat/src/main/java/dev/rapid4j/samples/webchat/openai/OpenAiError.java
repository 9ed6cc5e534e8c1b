package dev.rapid4j.samples.webchat.openai;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * OpenAI's error object.
 *
 * @param param the field of the request that is at fault, or {@code null}
 * @param code {@code null} where OpenAI has none
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
record OpenAiError(String message, String type, String param, String code) {

    /** What is sent. */
    record Body(OpenAiError error) {}

    Body body() {
        return new Body(this);
    }
}
