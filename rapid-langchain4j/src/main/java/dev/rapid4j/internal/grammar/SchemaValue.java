package dev.rapid4j.internal.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import dev.rapid4j.internal.json.JsonFile;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

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
        SchemaValue item(int place, Predicate<SchemaValue> possible) {
            SchemaValue item = place < first.size() ? first.get(place) : items;
            return possible.test(item) ? item : null;
        }
    }

    private final List<Located> schemas;
    private final List<Alternative> alternatives = new ArrayList<>();
    private final Set<String> texts = new LinkedHashSet<>();
    private int height = Integer.MAX_VALUE;

    SchemaValue(List<Located> schemas) {
        this.schemas = List.copyOf(schemas);
    }

    List<Located> schemas() {
        return schemas;
    }

    List<Alternative> alternatives() {
        return alternatives;
    }

    /** The JSON texts of values that are listed. */
    Set<String> texts() {
        return texts;
    }

    /** Makes one alternative of them. */
    void addTexts(Terminals terminals) {
        if (!texts.isEmpty()) {
            List<String> all = List.copyOf(texts);
            alternatives.add(0, new Scalar(all.size() == 1 ? terminals.literal(all.get(0)) : terminals.words(all)));
        }
    }

    /** Those that can be written with so many objects and arrays in each other. */
    List<Alternative> alternatives(int room) {
        return alternatives.stream()
                .filter(alternative -> fits(alternative, room))
                .toList();
    }

    String path() {
        return schemas.isEmpty() ? "#" : schemas.get(0).path;
    }

    /** How many objects and arrays in each other it needs at least, 0 for none; without end if it cannot be written. */
    int height() {
        return height;
    }

    boolean fits(int room) {
        return height <= room;
    }

    /** To be called with 0, 1, 2, and so on. */
    void findHeight(int room) {
        if (height > room && alternatives.stream().anyMatch(alternative -> fits(alternative, room))) {
            height = room;
        }
    }

    /** With more room than this nothing more can be written at this place. */
    int fullHeight() {
        int highest = 0;
        for (Alternative alternative : alternatives) {
            Stream<SchemaValue> inside = Stream.empty();
            if (alternative instanceof ObjectForm object) {
                inside = Stream.concat(
                        object.properties.stream().map(Property::value),
                        object.others.stream().map(Others::value));
            } else if (alternative instanceof ArrayForm array) {
                inside = Stream.concat(array.first.stream(), Stream.of(array.items));
            } else {
                continue;
            }
            highest = Math.max(
                    highest,
                    1
                            + inside.mapToInt(value -> value.height)
                                    .filter(one -> one < Integer.MAX_VALUE)
                                    .max()
                                    .orElse(0));
        }
        return highest;
    }

    private static boolean fits(Alternative alternative, int room) {
        return alternative instanceof Scalar
                ? isPossible(alternative, value -> true)
                : room > 0 && isPossible(alternative, value -> value.height < room);
    }

    /** Whether it can be written if what is in it can. */
    boolean isPossibleWith(Predicate<SchemaValue> inside) {
        return alternatives.stream().anyMatch(alternative -> isPossible(alternative, inside));
    }

    private static boolean isPossible(Alternative alternative, Predicate<SchemaValue> inside) {
        if (alternative instanceof ObjectForm object) {
            long named = object.properties.stream()
                    .filter(property -> inside.test(property.value))
                    .count();
            // of those without a name two could have the same
            int others = object.others.stream().anyMatch(other -> inside.test(other.value)) ? 1 : 0;
            return object.properties.stream().allMatch(property -> !property.required || inside.test(property.value))
                    && named + others >= object.least;
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
                "%s: each of its values would need another one inside, without end or more than %d deep; make something optional"
                        .formatted(path(), SchemaReader.MAX_NESTING));
    }

    static String shown(JsonNode node) {
        return JsonFile.abbreviate(node.toString());
    }
}
