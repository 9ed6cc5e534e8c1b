package dev.rapid4j.internal.grammar;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.Optional;

/** What may be written: a value, which {@link GrammarCompiler} makes a machine of. */
public sealed interface Rule {

    /** Any JSON object. */
    Rule JSON_OBJECT = new Schema(JsonNodeFactory.instance.objectNode().put("type", "object"));

    /** Exactly this text. */
    record Literal(String text) implements Rule {}

    /** A text that a regular expression of ECMA 262 matches from its beginning to its end. */
    record Pattern(String expression) implements Rule {}

    /**
     * A text that one regular expression of ECMA 262 matches from its beginning to its end, and another one nowhere.
     */
    record Text(String expression, String nowhere) implements Rule {}

    /** This control token; it stands for itself, and text never spells it. */
    record Control(int token) implements Rule {}

    /** One after the other; nothing, if there are none. */
    record Sequence(List<Rule> rules) implements Rule {

        public Sequence {
            rules = List.copyOf(rules);
        }

        public Sequence(Rule... rules) {
            this(List.of(rules));
        }
    }

    /** One of them. */
    record Choice(List<Rule> rules) implements Rule {

        /** @throws IllegalArgumentException if there is none */
        public Choice {
            rules = List.copyOf(rules);
            if (rules.isEmpty()) {
                throw new IllegalArgumentException("a choice needs something to choose from");
            }
        }

        public Choice(Rule... rules) {
            this(List.of(rules));
        }
    }

    /**
     * Some of several parts, in their order.
     *
     * @param between what stands between two of those that are there
     */
    record Selection(List<Part> parts, Rule between) implements Rule {

        /** @param required whether it is always there */
        public record Part(Rule rule, boolean required) {}

        public Selection {
            parts = List.copyOf(parts);
        }
    }

    /** The same again and again. */
    record Repetition(Rule rule, int least, int most) implements Rule {

        /** For {@link #most}: as often as you like. */
        public static final int UNBOUNDED = Integer.MAX_VALUE;

        /** @throws IllegalArgumentException unless 0 ≤ {@code least} ≤ {@code most} */
        public Repetition {
            if (least < 0 || most < least) {
                throw new IllegalArgumentException("from %d to %d times is never".formatted(least, most));
            }
        }
    }

    /**
     * A JSON text that is valid against a JSON schema.
     *
     * @param whole as {@code JsonSchemaElementUtils.toMap} gives it, or as written by hand (draft 2020-12, 2019-09 or
     *     7); not changed any more
     * @param place where the schema stands in it; what it refers to may stand elsewhere
     */
    record Schema(JsonNode whole, JsonPointer place) implements Rule {

        public Schema(JsonNode schema) {
            this(schema, JsonPointer.empty());
        }

        /** The schema itself. */
        public JsonNode schema() {
            return whole.at(place);
        }

        /** The schema that this one's {@code $ref} leads to; empty if it has none, or that leads to nothing. */
        public Optional<Schema> referred() {
            String reference = schema().path("$ref").textValue();
            return reference == null
                    ? Optional.empty()
                    : References.target(whole, place, reference).map(target -> new Schema(whole, target));
        }
    }
}
