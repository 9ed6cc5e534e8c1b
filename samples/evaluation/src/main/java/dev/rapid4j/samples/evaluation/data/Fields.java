package dev.rapid4j.samples.evaluation.data;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The known fields of a record. A number is taken as its text, a text for a list of one; what is neither text nor a
 * list of texts counts as missing.
 */
record Fields(Map<String, List<String>> values) {

    static final int MAX_ID_CHARACTERS = 200;

    /** Of all but the context; what is kept of a task with its answer has a limit, too. */
    private static final int MAX_CHARACTERS = 1_000_000;

    private static final String CONTEXT = "context";

    private static final Set<String> NAMES = Set.of(
            "_id",
            "domain",
            "sub_domain",
            "difficulty",
            "length",
            "question",
            "choice_A",
            "choice_B",
            "choice_C",
            "choice_D",
            "answer",
            CONTEXT,
            "id",
            "input",
            "options");

    /**
     * Reads the object that the parser has just entered, to its end.
     *
     * @throws InvalidRecordException if what it asks is too long
     */
    static Fields read(JsonParser parser) throws IOException {
        Map<String, List<String>> values = new HashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            JsonToken token = parser.nextToken();
            if (!NAMES.contains(name)) {
                parser.skipChildren();
            } else if (token == JsonToken.START_ARRAY) {
                values.put(name, list(parser));
            } else {
                values.put(name, isText(token) ? List.of(parser.getText()) : List.of());
                parser.skipChildren();
            }
        }
        if (characters(values) > MAX_CHARACTERS) {
            throw new InvalidRecordException(
                    "it has more than %,d characters besides \"%s\"".formatted(MAX_CHARACTERS, CONTEXT));
        }
        return new Fields(values);
    }

    private static long characters(Map<String, List<String>> values) {
        return values.entrySet().stream()
                .filter(field -> !field.getKey().equals(CONTEXT))
                .flatMap(field -> field.getValue().stream())
                .mapToLong(String::length)
                .sum();
    }

    private static List<String> list(JsonParser parser) throws IOException {
        List<String> texts = new ArrayList<>();
        boolean onlyTexts = true;
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (isText(token)) {
                texts.add(parser.getText());
            } else {
                onlyTexts = false;
                parser.skipChildren();
            }
        }
        return onlyTexts ? texts : List.of();
    }

    private static boolean isText(JsonToken token) {
        return token == JsonToken.VALUE_STRING || token.isNumeric();
    }

    Optional<String> id() {
        return Stream.of("_id", "id")
                .flatMap(name -> values.getOrDefault(name, List.of()).stream())
                .filter(id -> !id.isBlank() && id.length() <= MAX_ID_CHARACTERS)
                .findFirst();
    }

    /** @throws InvalidRecordException unless the field is a text that is not blank */
    String text(String name) {
        List<String> texts = texts(name);
        if (texts.size() > 1) {
            throw new InvalidRecordException("\"" + name + "\" is a list");
        }
        return texts.get(0);
    }

    String textOrEmpty(String name) {
        return String.join("", values.getOrDefault(name, List.of()));
    }

    /** @throws InvalidRecordException unless the field has texts, none of them blank */
    List<String> texts(String name) {
        List<String> texts = values.getOrDefault(name, List.of());
        if (texts.isEmpty() || texts.stream().anyMatch(String::isBlank)) {
            throw new InvalidRecordException("\"" + name + "\" is missing or blank");
        }
        return texts;
    }
}
