package dev.rapid4j.samples.webchat.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JacksonException.Reference;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** OpenAI's JSON, however the application's own is configured. */
final class Json {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .changeDefaultPropertyInclusion(value -> value.withValueInclusion(JsonInclude.Include.NON_NULL))
            .build();

    private Json() {}

    static String write(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    /** @throws OpenAiException that says where the body is wrong, but not what it says there */
    static ChatCompletionRequest readRequest(byte[] body) {
        ChatCompletionRequest request;
        try {
            request = MAPPER.readValue(body, ChatCompletionRequest.class);
        } catch (DatabindException e) {
            String param = path(e.getPath());
            throw OpenAiException.invalid(
                    param.isEmpty() ? null : param,
                    "invalid_type",
                    param.isEmpty() ? "The body must be a JSON object" : param + " has a value it cannot have");
        } catch (JacksonException e) {
            throw OpenAiException.invalid(
                    null,
                    null,
                    "The body is not valid JSON, in line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr());
        }
        if (request == null) {
            throw OpenAiException.invalid(null, "invalid_type", "The body must be a JSON object");
        }
        return request;
    }

    private static String path(List<Reference> path) {
        return path.stream()
                .map(reference -> reference.getPropertyName() == null
                        ? "[" + reference.getIndex() + "]"
                        : "." + reference.getPropertyName())
                .collect(Collectors.joining())
                .replaceFirst("^\\.", "");
    }
}
