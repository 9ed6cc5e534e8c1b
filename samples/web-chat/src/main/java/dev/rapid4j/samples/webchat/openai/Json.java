package dev.rapid4j.samples.webchat.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JacksonException.Reference;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/** OpenAI's JSON, however the application's own is configured. */
final class Json {

    /** A value is of its parameter's type or refused, never converted. */
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .changeDefaultPropertyInclusion(value -> value.withValueInclusion(JsonInclude.Include.NON_NULL))
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .withCoercionConfig(
                    LogicalType.Textual,
                    text -> Stream.of(CoercionInputShape.Integer, CoercionInputShape.Float, CoercionInputShape.Boolean)
                            .forEach(shape -> text.setCoercion(shape, CoercionAction.Fail)))
            .build();

    /** Where in Jackson's code a limit is from. */
    private static final Pattern ORIGIN = Pattern.compile(", from `[^`]*`");

    /** A name that is longer is not said in full. */
    private static final int MAX_NAME = 100;

    private Json() {}

    static String write(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    /** @throws OpenAiException that says where the body is wrong, but not what it says there */
    static <T> T read(byte[] body, Class<T> type) {
        return reading(() -> MAPPER.readValue(body, type), type);
    }

    /** @throws OpenAiException as {@link #read} */
    static <T> T convert(JsonNode body, Class<T> type) {
        return reading(() -> MAPPER.treeToValue(body, type), type);
    }

    private static <T> T reading(Supplier<T> reader, Class<T> type) {
        T request;
        try {
            request = reader.get();
        } catch (UnrecognizedPropertyException e) {
            String param = path(e.getPath());
            throw OpenAiException.invalid(
                    param,
                    "unknown_parameter",
                    param + " is no parameter; there are "
                            + e.getKnownPropertyIds().stream()
                                    .map(Object::toString)
                                    .sorted()
                                    .collect(Collectors.joining(", ")));
        } catch (MismatchedInputException e) {
            throw wrongType(path(e.getPath()), e.getTargetType());
        } catch (InputCoercionException e) {
            throw wrongType(path(e.getPath()), e.getTargetType());
        } catch (StreamConstraintsException e) {
            throw OpenAiException.invalid(
                    null,
                    null,
                    "The body cannot be read: "
                            + ORIGIN.matcher(e.getOriginalMessage()).replaceAll(""));
        } catch (JacksonException e) {
            throw OpenAiException.invalid(null, null, "The body is not valid JSON" + place(e.getLocation()));
        }
        if (request == null) {
            throw wrongType("", type);
        }
        return request;
    }

    private static OpenAiException wrongType(String param, Class<?> type) {
        return param.isEmpty()
                ? OpenAiException.invalid(null, "invalid_type", "The body must be a JSON object")
                : OpenAiException.invalid(param, "invalid_type", param + " must be " + described(type));
    }

    private static String described(Class<?> type) {
        if (type == Integer.class || type == int.class) {
            return "an integer of at most " + Integer.MAX_VALUE;
        } else if (type == Long.class || type == long.class) {
            return "an integer from " + Long.MIN_VALUE + " to " + Long.MAX_VALUE;
        } else if (type == Double.class) {
            return "a number";
        } else if (type == Boolean.class) {
            return "true or false";
        } else if (type == String.class) {
            return "a string";
        } else if (type.isEnum()) {
            return Stream.of(type.getEnumConstants())
                    .map(Object::toString)
                    .collect(Collectors.joining(", ", "one of ", ""));
        } else if (Collection.class.isAssignableFrom(type)) {
            return "an array";
        }
        return "an object";
    }

    private static String place(TokenStreamLocation location) {
        return location == null || location.getLineNr() < 1
                ? ""
                : ", in line " + location.getLineNr() + ", column " + location.getColumnNr();
    }

    private static String path(List<Reference> path) {
        return path.stream()
                .map(reference -> reference.getPropertyName() == null
                        ? "[" + reference.getIndex() + "]"
                        : "." + abbreviated(reference.getPropertyName()))
                .collect(Collectors.joining())
                .replaceFirst("^\\.", "");
    }

    static String abbreviated(String name) {
        return name.length() <= MAX_NAME ? name : name.substring(0, MAX_NAME) + "…";
    }
}
