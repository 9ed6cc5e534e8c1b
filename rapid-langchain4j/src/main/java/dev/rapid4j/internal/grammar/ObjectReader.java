package dev.rapid4j.internal.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.rapid4j.internal.grammar.SchemaValue.Located;
import dev.rapid4j.internal.grammar.SchemaValue.ObjectForm;
import dev.rapid4j.internal.grammar.SchemaValue.Others;
import dev.rapid4j.internal.grammar.SchemaValue.Property;
import dev.rapid4j.internal.text.Characters;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * An object that satisfies several schemas. Where nothing is said about other properties than those that are named,
 * there are no others: a model that may add some never knows when to stop.
 */
final class ObjectReader {

    private static final String ADDITIONAL = "additionalProperties";
    private static final String PATTERNS = "patternProperties";

    private final SchemaReader reader;
    private final Terminals terminals;
    private final List<Located> schemas;
    private final Set<String> names = new LinkedHashSet<>();
    private final Set<String> required = new LinkedHashSet<>();

    ObjectReader(SchemaReader reader, Terminals terminals, List<Located> schemas) {
        this.reader = reader;
        this.terminals = terminals;
        this.schemas = schemas;
    }

    void addTo(SchemaValue value) {
        int least = 0;
        int most = Integer.MAX_VALUE;
        for (Located schema : schemas) {
            requireObject(schema, "properties");
            requireObject(schema, PATTERNS);
            schema.node().path("properties").fieldNames().forEachRemaining(names::add);
            required(schema).forEach(required::add);
            least = Math.max(least, ValueReader.count(schema, "minProperties", 0, Integer.MAX_VALUE));
            most = Math.min(most, ValueReader.count(schema, "maxProperties", Integer.MAX_VALUE, Integer.MAX_VALUE));
        }
        boolean anything =
                names.isEmpty() && required.isEmpty() && schemas.stream().noneMatch(schema -> schema.has(PATTERNS));
        names.addAll(required);
        for (String name : names) {
            if (!Characters.wellFormed(name).equals(name)) {
                throw Located.first(schemas)
                        .wrong("the name of a property has half a surrogate pair, which is no text");
            }
        }
        Automaton allowed = allowedNames();
        List<Property> properties = new ArrayList<>();
        for (String name : names) {
            boolean possible = (allowed == null || allowed.accepts(quoted(name)))
                    && terminals.writes(TextNode.valueOf(name).toString());
            if (!possible && required.contains(name)) {
                return;
            }
            if (possible) {
                properties.add(new Property(name, required.contains(name), reader.value(valuesOf(name))));
            }
        }
        List<Others> others = others(anything, allowed);
        if (least > properties.size() + (others.isEmpty() ? 0 : 1) && !others.isEmpty()) {
            throw Located.first(schemas).unsupported("minProperties", "a name that is free could be written twice");
        }
        if (least <= most && least <= properties.size() + others.size() && required.size() <= most) {
            value.alternatives().add(new ObjectForm(properties, others, least, most));
        }
    }

    private static void requireObject(Located schema, String keyword) {
        if (schema.has(keyword) && !schema.node().path(keyword).isObject()) {
            throw schema.wrong(keyword + " needs an object with schemas in it");
        }
    }

    private static List<String> required(Located schema) {
        List<String> names = new ArrayList<>();
        JsonNode list = schema.node().path("required");
        // a flag of a property up to draft 3
        if (schema.has("required") && !list.isArray() && !list.isBoolean()) {
            throw schema.wrong("required needs a list of names");
        }
        for (JsonNode name : list) {
            if (!name.isTextual()) {
                throw schema.wrong("required has %s in its list, which is no name".formatted(SchemaValue.shown(name)));
            }
            names.add(name.textValue());
        }
        return names;
    }

    private static byte[] quoted(String name) {
        return TextNode.valueOf(name).toString().getBytes(StandardCharsets.UTF_8);
    }

    /** All that is said about the value of a property. */
    private List<Located> valuesOf(String name) {
        List<Located> values = new ArrayList<>();
        for (Located schema : schemas) {
            boolean named = schema.node().path("properties").has(name);
            if (named) {
                values.add(schema.child("properties", name));
            }
            for (String pattern : patterns(schema)) {
                if (names(schema, pattern).accepts(quoted(name))) {
                    values.add(schema.child(PATTERNS, pattern));
                    named = true;
                }
            }
            if (!named && schema.has(ADDITIONAL)) {
                values.add(schema.child(ADDITIONAL));
            }
        }
        return values;
    }

    private static List<String> patterns(Located schema) {
        List<String> patterns = new ArrayList<>();
        schema.node().path(PATTERNS).fieldNames().forEachRemaining(patterns::add);
        return patterns;
    }

    private Automaton names(Located schema, String pattern) {
        return ValueReader.made(schema, PATTERNS, () -> terminals.stringWith(pattern, CharacterForm.JSON));
    }

    /** {@code null} if any will do. */
    private Automaton allowedNames() {
        List<Automaton> parts = new ArrayList<>();
        for (Located schema : schemas) {
            if (schema.has("propertyNames")) {
                List<List<Located>> alternatives = reader.alternatives(List.of(schema.child("propertyNames")));
                if (alternatives.size() != 1) {
                    throw schema.unsupported("propertyNames", "supported is a single kind of string");
                }
                ValueReader name = new ValueReader(reader, terminals, alternatives.get(0));
                List<JsonNode> listed = name.enumerated();
                parts.add(
                        listed == null
                                ? name.string()
                                : terminals.words(listed.stream()
                                        .filter(one -> one.isTextual() && name.matches(one))
                                        .map(JsonNode::toString)
                                        .distinct()
                                        .toList()));
            }
        }
        return parts.isEmpty()
                ? null
                : ValueReader.made(Located.first(schemas), "propertyNames", () -> Terminals.both(parts));
    }

    private List<Others> others(boolean anything, Automaton allowed) {
        List<Others> others = new ArrayList<>();
        Automaton free = names.isEmpty()
                ? terminals.string()
                : ValueReader.made(Located.first(schemas), ADDITIONAL, () -> terminals.stringsBut(List.copyOf(names)));
        if (allowed != null) {
            Automaton all = free;
            free = ValueReader.made(Located.first(schemas), "propertyNames", () -> Table.intersection(all, allowed));
        }
        for (Located schema : schemas) {
            for (String pattern : patterns(schema)) {
                Automaton matching = names(schema, pattern);
                Automaton rest = free;
                Automaton mine = ValueReader.made(schema, PATTERNS, () -> Table.intersection(rest, matching));
                for (Others other : others) {
                    if (!Table.intersection(other.names(), matching).isEmpty()) {
                        throw schema.unsupported(PATTERNS, "two of its patterns match the same names");
                    }
                }
                List<Located> values = new ArrayList<>(List.of(schema.child(PATTERNS, pattern)));
                for (Located beside : schemas) {
                    if (beside != schema && beside.has(ADDITIONAL)) {
                        values.add(beside.child(ADDITIONAL));
                    }
                }
                free = ValueReader.made(schema, PATTERNS, () -> Table.difference(rest, matching));
                add(others, mine, values);
            }
        }
        List<Located> explicit = schemas.stream()
                .filter(schema -> schema.has(ADDITIONAL))
                .map(schema -> schema.child(ADDITIONAL))
                .toList();
        boolean closed = schemas.stream()
                .anyMatch(schema -> isFalse(schema, ADDITIONAL) || isFalse(schema, "unevaluatedProperties"));
        if (!closed && (anything || !explicit.isEmpty())) {
            add(others, free, explicit);
        }
        return others;
    }

    private static boolean isFalse(Located schema, String keyword) {
        JsonNode node = schema.node().path(keyword);
        if (keyword.equals("unevaluatedProperties") && node.isObject()) {
            throw schema.unsupported(keyword, "supported is false; use additionalProperties");
        }
        return node.isBoolean() && !node.booleanValue();
    }

    private void add(List<Others> others, Automaton names, List<Located> values) {
        if (!names.isEmpty()) {
            others.add(new Others(names, reader.value(values)));
        }
    }
}
