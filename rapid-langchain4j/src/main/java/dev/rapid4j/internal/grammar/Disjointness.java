package dev.rapid4j.internal.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.internal.grammar.SchemaValue.Located;
import dev.rapid4j.internal.grammar.ValueReader.Type;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Whether a value can be valid against two schemas: those of a {@code oneOf} must not have any in common, as nobody can
 * tell while a value is written that it will not be valid against another one.
 */
final class Disjointness {

    private static final int MAX_DEPTH = 5;

    private final SchemaReader reader;
    private final Terminals terminals;

    Disjointness(SchemaReader reader, Terminals terminals) {
        this.reader = reader;
        this.terminals = terminals;
    }

    /** @throws UnsupportedSchemaException unless each two of the members are disjoint */
    void require(Located schema, List<Located> members) {
        for (int i = 0; i < members.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (!disjoint(members.get(i), members.get(j), 0)) {
                    throw schema.unsupported(
                            "oneOf",
                            ("a value could be valid against number %d and number %d; use anyOf, or give them different"
                                            + " types or a required property with different values of const")
                                    .formatted(j, i));
                }
            }
        }
    }

    private boolean disjoint(Located one, Located other, int depth) {
        if (depth > MAX_DEPTH) {
            return false;
        }
        List<List<Located>> others = reader.alternatives(List.of(other));
        return reader.alternatives(List.of(one)).stream()
                .allMatch(left -> others.stream().allMatch(right -> disjoint(left, right, depth)));
    }

    private boolean disjoint(List<Located> one, List<Located> other, int depth) {
        ValueReader left = new ValueReader(reader, terminals, one);
        ValueReader right = new ValueReader(reader, terminals, other);
        List<JsonNode> listed = left.enumerated();
        List<JsonNode> others = right.enumerated();
        if (listed != null && others != null) {
            return listed.stream().noneMatch(value -> others.stream().anyMatch(same -> ValueReader.same(value, same)));
        }
        if (listed != null || others != null) {
            ValueReader open = listed != null ? right : left;
            return (listed != null ? listed : others).stream().noneMatch(open::matches);
        }
        Set<Type> common = EnumSet.copyOf(left.types());
        common.retainAll(right.types());
        return common.stream().allMatch(type -> switch (type) {
            case NUMBER, INTEGER -> left.range(false).and(right.range(false)).isEmpty();
            case STRING -> Table.intersection(left.string(), right.string()).isEmpty();
            case OBJECT -> tells(one, other, depth) || tells(other, one, depth);
            default -> false;
        });
    }

    /** Whether there is a property that one needs to have, and that is another or not there in the other. */
    private boolean tells(List<Located> one, List<Located> other, int depth) {
        for (Located schema : one) {
            for (JsonNode name : schema.node().path("required")) {
                for (Located beside : other) {
                    if (isAbsent(beside, name.asText())
                            || one.stream().anyMatch(mine -> different(mine, beside, name.asText(), depth))) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static boolean isAbsent(Located schema, String name) {
        JsonNode additional = schema.node().path("additionalProperties");
        return additional.isBoolean()
                && !additional.booleanValue()
                && !schema.has("patternProperties")
                && !schema.node().path("properties").has(name);
    }

    private boolean different(Located one, Located other, String name, int depth) {
        return one.node().path("properties").has(name)
                && other.node().path("properties").has(name)
                && disjoint(one.child("properties", name), other.child("properties", name), depth + 1);
    }
}
