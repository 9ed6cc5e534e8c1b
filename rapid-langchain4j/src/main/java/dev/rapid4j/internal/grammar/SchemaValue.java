package dev.rapid4j.internal.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import dev.rapid4j.internal.json.JsonFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;

/** A value that all of some schemas describe, and what it may be. */
final class SchemaValue {

    /**
     * A schema, and where it stands.
     *
     * @param path as in {@code #/properties/name}
     * @param parent schemas for the same value through which it was reached, {@code null} if there are none
     */
    record Located(JsonNode node, String path, Parent parent) {

        /** Where to say that something is wrong with all of them. */
        static Located first(List<Located> schemas) {
            return schemas.isEmpty() ? new Located(BooleanNode.TRUE, "#", null) : schemas.get(0);
        }

        boolean has(String keyword) {
            return node.has(keyword);
        }

        /** A schema in it, for a value in its value. */
        Located child(String... names) {
            JsonNode child = node;
            StringBuilder place = new StringBuilder(path);
            for (String name : names) {
                child = child.path(name);
                place.append('/').append(name.replace("~", "~0").replace("/", "~1"));
            }
            return new Located(child, place.toString(), null);
        }

        Located element(String keyword, int index) {
            return new Located(node.path(keyword).path(index), "%s/%s/%d".formatted(path, keyword, index), null);
        }

        UnsupportedSchemaException wrong(String what) {
            return new UnsupportedSchemaException("%s: %s".formatted(path, what));
        }

        UnsupportedSchemaException unsupported(String keyword, String why) {
            return new UnsupportedSchemaException("%s: %s is not supported: %s".formatted(path, keyword, why));
        }
    }

    record Parent(JsonNode node, Parent above) {}

    /** Schemas, as the same objects. */
    record Key(List<Located> schemas) {

        @Override
        public boolean equals(Object other) {
            if (!(other instanceof Key key) || key.schemas.size() != schemas.size()) {
                return false;
            }
            for (int i = 0; i < schemas.size(); i++) {
                if (schemas.get(i).node != key.schemas.get(i).node) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public int hashCode() {
            return schemas.stream()
                    .mapToInt(schema -> System.identityHashCode(schema.node))
                    .reduce(1, (hash, one) -> 31 * hash + one);
        }
    }

    sealed interface Alternative {}

    /** What an automaton reads; all its exits lead to the same. */
    record Scalar(Automaton automaton) implements Alternative {}

    record Property(String name, boolean required, SchemaValue value) {}

    /** Names that are not said, and their values. */
    record Others(Automaton names, SchemaValue value) {}

    record ObjectForm(List<Property> properties, List<Others> others, int least, int most) implements Alternative {}

    record ArrayForm(List<SchemaValue> first, SchemaValue items, int least, int most) implements Alternative {

        /** {@code null} if there cannot be one. */
        SchemaValue item(int place) {
            return item(place, SchemaValue::isPossible);
        }

        private SchemaValue item(int place, Predicate<SchemaValue> possible) {
            SchemaValue item = place < first.size() ? first.get(place) : items;
            return possible.test(item) ? item : null;
        }
    }

    private final List<Located> schemas;
    private final List<Alternative> alternatives = new ArrayList<>();
    private boolean possible;

    SchemaValue(List<Located> schemas) {
        this.schemas = List.copyOf(schemas);
    }

    List<Located> schemas() {
        return schemas;
    }

    List<Alternative> alternatives() {
        return alternatives;
    }

    /** Those that can be written. */
    List<Alternative> possibleAlternatives() {
        return alternatives.stream()
                .filter(alternative -> isPossible(alternative, SchemaValue::isPossible))
                .toList();
    }

    String path() {
        return schemas.isEmpty() ? "#" : schemas.get(0).path;
    }

    boolean isPossible() {
        return possible;
    }

    /** @return whether that has become known */
    boolean findPossible() {
        if (possible) {
            return false;
        }
        possible = isPossibleWith(SchemaValue::isPossible);
        return possible;
    }

    /** Whether it can be written if what is in it can. */
    boolean isPossibleWith(Predicate<SchemaValue> inside) {
        return alternatives.stream().anyMatch(alternative -> isPossible(alternative, inside));
    }

    private static boolean isPossible(Alternative alternative, Predicate<SchemaValue> inside) {
        if (alternative instanceof ObjectForm object) {
            long written = object.properties.stream()
                    .filter(property -> inside.test(property.value))
                    .count();
            return object.properties.stream().allMatch(property -> !property.required || inside.test(property.value))
                    && (written >= object.least || object.others.stream().anyMatch(other -> inside.test(other.value)));
        }
        if (alternative instanceof ArrayForm array) {
            for (int i = 0; i < Math.min(array.least, array.first.size() + 1); i++) {
                if (array.item(i, inside) == null) {
                    return false;
                }
            }
            return true;
        }
        return !((Scalar) alternative).automaton.isEmpty();
    }

    /** Whether it was to be expected: {@code false} says so, and what several schemas leave together may be nothing. */
    boolean mayBeImpossible() {
        return schemas.size() != 1 || schemas.get(0).node.isBoolean();
    }

    UnsupportedSchemaException contradiction() {
        TreeSet<String> keywords = new TreeSet<>();
        schemas.forEach(
                schema -> schema.node.propertyStream().map(Map.Entry::getKey).forEach(keywords::add));
        return new UnsupportedSchemaException(
                "%s: the schema contradicts itself, no value satisfies all of %s".formatted(path(), keywords));
    }

    UnsupportedSchemaException endless() {
        return new UnsupportedSchemaException(
                "%s: each of its values would need another one inside, without end; make something optional"
                        .formatted(path()));
    }

    static String shown(JsonNode node) {
        return JsonFile.abbreviate(node.toString());
    }
}
