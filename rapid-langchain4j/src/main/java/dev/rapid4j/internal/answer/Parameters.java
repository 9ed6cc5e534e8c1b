package dev.rapid4j.internal.answer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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

    /** Where schemas keep what their parts refer to. */
    private static final List<String> DEFINITIONS = List.of("$defs", "definitions");

    enum Kind {
        TEXT,
        BOOLEAN,
        /** Anything else, in JSON. */
        JSON
    }

    /** @param schema with the definitions that it may refer to */
    record Parameter(String name, boolean required, JsonNode schema) {

        Kind kind() {
            return Parameters.kind(schema);
        }

        /** The texts of which the value is one; empty: any. */
        Optional<List<String>> words() {
            return schema.has("enum")
                    ? Optional.of(schema.path("enum")
                            .valueStream()
                            .map(JsonNode::textValue)
                            .toList())
                    : Optional.empty();
        }
    }

    static Parameters of(JsonNode schema) {
        Set<String> required = new HashSet<>();
        schema.path("required").forEach(name -> required.add(name.asText()));
        List<Parameter> named = new ArrayList<>();
        schema.path("properties").propertyStream().forEach(property -> {
            JsonNode value = property.getValue();
            if (value instanceof ObjectNode object) {
                ObjectNode with = object.deepCopy();
                DEFINITIONS.stream().filter(schema::has).forEach(name -> with.set(name, schema.get(name)));
                value = with;
            }
            named.add(new Parameter(property.getKey(), required.contains(property.getKey()), value));
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

    private static Kind kind(JsonNode schema) {
        String type = schema.path("type").asText();
        Set<String> said = new HashSet<>();
        schema.fieldNames().forEachRemaining(said::add);
        said.removeAll(SAYS_NOTHING);
        boolean words = said.equals(Set.of("enum"))
                && !schema.path("enum").isEmpty()
                && schema.path("enum")
                        .valueStream()
                        .allMatch(word -> word.isTextual() && !word.textValue().contains("\n"));
        if (type.equals("string") && (said.isEmpty() || words)) {
            return Kind.TEXT;
        }
        return type.equals("boolean") && said.isEmpty() ? Kind.BOOLEAN : Kind.JSON;
    }
}
