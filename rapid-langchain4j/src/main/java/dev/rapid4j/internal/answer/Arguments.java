package dev.rapid4j.internal.answer;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.internal.grammar.Rule;
import java.util.function.Supplier;

/**
 * The arguments of one tool.
 *
 * @param rule what they are held to
 * @param reader for those of one call
 */
record Arguments(Rule rule, Supplier<ArgumentsReader> reader) {

    /** @param schema of an object */
    static Arguments of(ArgumentsForm form, JsonNode schema) {
        return switch (form) {
            case JSON -> new Arguments(json(schema), JsonArguments::new);
            case TAGS -> {
                Parameters parameters = Parameters.of(schema);
                yield new Arguments(TaggedArguments.rule(parameters), () -> new TaggedArguments(parameters));
            }
            case PYTHON -> {
                Parameters parameters = Parameters.of(schema);
                yield new Arguments(PythonArguments.rule(parameters), PythonArguments::new);
            }
        };
    }

    private static Rule json(JsonNode schema) {
        boolean none = schema.path("properties").isEmpty()
                && !schema.path("additionalProperties").asBoolean();
        return none ? new Rule.Literal("{}") : new Rule.Schema(schema);
    }
}
