package dev.rapid4j.samples.evaluation.data;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
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
 *
 * @param problems what is wrong with the other known fields that are there
 */
record Fields(Map<String, List<String>> values, Map<String, String> problems) {

    private static final String CONTEXT = "context";

    private static final int MAX_ID_CHARACTERS = 200;

    /**
     * Most characters of a field that is no long text: it is kept with the answer, and compared with it word by word.
     */
    private static final int MAX_CHARACTERS = 100_000;

    private static final int MAX_TEXTS = 1_000;

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
            "options",
            "kind",
            "facts");

    /** Reads the object that the parser has just entered, to its end. */
    static Fields read(JsonParser parser) throws IOException {
        Fields fields = new Fields(new HashMap<>(), new HashMap<>());
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            if (NAMES.contains(name)) {
                fields.readTexts(name, parser);
            } else {
                parser.skipChildren();
            }
        }
        return fields;
    }

    private void readTexts(String name, JsonParser parser) throws IOException {
        Texts texts = new Texts(name.equals(CONTEXT) ? Integer.MAX_VALUE : MAX_CHARACTERS);
        if (parser.currentToken() == JsonToken.START_ARRAY) {
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                texts.read(parser);
            }
        } else {
            texts.read(parser);
        }
        texts.problem.ifPresent(problem -> problems.put(name, problem));
        values.put(name, texts.valid());
    }

    /** What a field holds, within the limits. */
    private static final class Texts {

        private final int mostCharacters;
        private final CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder();
        private final List<String> texts = new ArrayList<>();
        private long characters;
        private boolean others;
        private Optional<String> problem = Optional.empty();

        Texts(int mostCharacters) {
            this.mostCharacters = mostCharacters;
        }

        /** Reads a value, to its end. */
        void read(JsonParser parser) throws IOException {
            if (!isText(parser.currentToken())) {
                others = true;
                parser.skipChildren();
                return;
            }
            if (problem.isPresent()) {
                return;
            }
            characters += parser.getTextLength();
            if (characters > mostCharacters) {
                problem = Optional.of("has more than %,d characters".formatted(mostCharacters));
            } else if (texts.size() == MAX_TEXTS) {
                problem = Optional.of("has more than %,d texts".formatted(MAX_TEXTS));
            } else if (encoder.canEncode(parser.getText())) {
                texts.add(parser.getText());
            } else {
                problem = Optional.of("has half of a surrogate pair, which is no character");
            }
        }

        List<String> valid() {
            return others || problem.isPresent() ? List.of() : texts;
        }
    }

    private static boolean isText(JsonToken token) {
        return token == JsonToken.VALUE_STRING || token.isNumeric();
    }

    /** What names the record, for a message. */
    Optional<String> id() {
        return Stream.of("_id", "id")
                .flatMap(name -> values.getOrDefault(name, List.of()).stream())
                .filter(id -> !id.isBlank() && isId(id))
                .findFirst();
    }

    /** @throws InvalidRecordException unless the field is a text that fits into a line */
    String id(String name) {
        String id = text(name);
        if (!isId(id)) {
            throw new InvalidRecordException("\"%s\" has more than %d characters, or one that is not printed"
                    .formatted(name, MAX_ID_CHARACTERS));
        }
        return id;
    }

    private static boolean isId(String text) {
        return text.length() <= MAX_ID_CHARACTERS && text.codePoints().noneMatch(Character::isISOControl);
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
        requireNoProblem(name);
        return String.join("", values.getOrDefault(name, List.of()));
    }

    /** @throws InvalidRecordException unless the field has texts, none of them blank */
    List<String> texts(String name) {
        requireNoProblem(name);
        List<String> texts = values.getOrDefault(name, List.of());
        if (texts.isEmpty() || texts.stream().anyMatch(String::isBlank)) {
            throw new InvalidRecordException("\"" + name + "\" is missing or blank");
        }
        return texts;
    }

    private void requireNoProblem(String name) {
        if (problems.containsKey(name)) {
            throw new InvalidRecordException("\"" + name + "\" " + problems.get(name));
        }
    }
}
