package dev.rapid4j.internal.answer;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.internal.grammar.Rule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a tool is called with, where each argument is written apart.
 *
 * @param named in the order of the schema
 * @param others whether there may be arguments of other names; only where none is named
 */
record Parameters(List<Parameter> named, boolean others) {

    /** Of arguments that no schema names. */
    static final int MOST_OTHERS = 16;

    static final Rule NAME = new Rule.Pattern("[A-Za-z_][A-Za-z0-9_]{0,63}");

    /** What says nothing of a value but that it is text. */
    private static final Set<String> SAYS_NOTHING =
            Set.of("type", "description", "title", "default", "examples", "$defs", "definitions");

    private static final int MOST_REFERENCES = 16;

    enum Kind {
        /** Any text. */
        TEXT,
        /** One of some texts. */
        WORD,
        BOOLEAN,
        /** Anything else, in JSON. */
        JSON
    }

    /** @param words of which the value is one, if it is a {@link Kind#WORD} */
    record Parameter(String name, boolean required, Kind kind, List<String> words, Rule.Schema schema) {

        static Parameter of(String name, boolean required, Rule.Schema schema) {
            JsonNode described = resolved(schema).schema();
            Kind kind = Parameters.kind(described);
            List<String> words = kind == Kind.WORD
                    ? described
                            .path("enum")
                            .valueStream()
                            .map(JsonNode::textValue)
                            .toList()
                    : List.of();
            return new Parameter(name, required, kind, words, schema);
        }
    }

    static Parameters of(JsonNode schema) {
        Set<String> required = new HashSet<>();
        schema.path("required").forEach(name -> required.add(name.asText()));
        List<Parameter> named = new ArrayList<>();
        schema.path("properties").fieldNames().forEachRemaining(name -> {
            String place = "/properties/" + name.replace("~", "~0").replace("/", "~1");
            named.add(Parameter.of(name, required.contains(name), new Rule.Schema(schema, JsonPointer.compile(place))));
        });
        return new Parameters(
                named, named.isEmpty() && schema.path("additionalProperties").asBoolean());
    }

    /** Those that have to come before those that may. */
    List<Parameter> requiredFirst() {
        return Stream.concat(
                        named.stream().filter(Parameter::required),
                        named.stream().filter(parameter -> !parameter.required()))
                .toList();
    }

    /** A name that would end elsewhere than it does. */
    Optional<String> firstUnwritable(ArgumentsForm form) {
        String expression = switch (form) {
            case JSON -> "(?s).*";
            case TAGS -> "[^<>\\n]+";
            case PYTHON -> "[\\p{L}_][\\p{L}\\p{N}_]*";
        };
        return named.stream()
                .map(Parameter::name)
                .filter(name -> !name.matches(expression))
                .findFirst();
    }

    Kind kind(String name) {
        return named.stream()
                .filter(parameter -> parameter.name().equals(name))
                .findFirst()
                .map(Parameter::kind)
                .orElse(Kind.TEXT);
    }

    /** Where a schema does no more than refer to another one, that one. */
    private static Rule.Schema resolved(Rule.Schema schema) {
        Rule.Schema resolved = schema;
        for (int i = 0; i < MOST_REFERENCES && said(resolved.schema()).equals(Set.of("$ref")); i++) {
            Optional<Rule.Schema> next = resolved.referred();
            if (next.isEmpty()) {
                break;
            }
            resolved = next.get();
        }
        return resolved;
    }

    private static Set<String> said(JsonNode schema) {
        Set<String> said = new HashSet<>();
        schema.fieldNames().forEachRemaining(said::add);
        said.removeAll(SAYS_NOTHING);
        return said;
    }

    private static Kind kind(JsonNode schema) {
        String type = schema.path("type").asText();
        Set<String> said = said(schema);
        boolean words = said.equals(Set.of("enum"))
                && !schema.path("enum").isEmpty()
                && schema.path("enum")
                        .valueStream()
                        .allMatch(word -> word.isTextual() && !word.textValue().contains("\n"));
        if (type.equals("string") && (said.isEmpty() || words)) {
            return words ? Kind.WORD : Kind.TEXT;
        }
        return type.equals("boolean") && said.isEmpty() ? Kind.BOOLEAN : Kind.JSON;
    }
}
