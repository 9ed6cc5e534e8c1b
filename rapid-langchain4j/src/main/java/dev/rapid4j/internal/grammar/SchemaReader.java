package dev.rapid4j.internal.grammar;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.internal.grammar.SchemaValue.Located;
import dev.rapid4j.internal.grammar.SchemaValue.Parent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a JSON schema: which kinds of values it has, and which of them each part may be. A value may have to satisfy
 * several schemas at once ({@code allOf}, {@code $ref} with something beside it); they are read together, so that what
 * comes out has nothing left but alternatives.
 */
final class SchemaReader {

    /** Objects and arrays in each other that an answer may have: what reads JSON has a limit, Jackson's is 1,000. */
    static final int MAX_NESTING = 500;

    private static final int MAX_DEPTH = 100;
    private static final int MAX_NODES = 500_000;
    private static final int MAX_VALUES = 20_000;
    private static final int MAX_ALTERNATIVES = 1_000;
    private static final int MAX_STEPS = 200_000;

    /** Which hold a value to something that no grammar can. */
    private static final Set<String> UNSUPPORTED = Set.of(
            "not",
            "if",
            "then",
            "else",
            "dependencies",
            "dependentRequired",
            "dependentSchemas",
            "contains",
            "minContains",
            "maxContains",
            "unevaluatedItems",
            "$dynamicRef",
            "$recursiveRef");

    private final JsonNode root;
    private final Terminals terminals;
    private final Map<SchemaValue.Key, SchemaValue> values = new HashMap<>();
    private final Deque<SchemaValue> waiting = new ArrayDeque<>();
    private int steps;

    private SchemaReader(JsonNode root, Terminals terminals) {
        this.root = root;
        this.terminals = terminals;
    }

    /**
     * The value that a schema describes; each part of it can be written, or is marked as impossible.
     *
     * @throws UnsupportedSchemaException if it asks for what cannot be enforced, or no text is valid
     */
    static SchemaValue read(Rule.Schema schema, Terminals terminals) {
        requireBounded(schema.whole());
        SchemaReader reader = new SchemaReader(schema.whole(), terminals);
        SchemaValue value = reader.value(List.of(new Located(schema.schema(), "#" + schema.place(), null)));
        while (!reader.waiting.isEmpty()) {
            reader.fill(reader.waiting.poll());
        }
        reader.findPossible(value);
        return value;
    }

    /** What reads schemas recurses. */
    private static void requireBounded(JsonNode schema) {
        List<JsonNode> level = List.of(schema);
        int nodes = 0;
        for (int depth = 0; !level.isEmpty(); depth++) {
            if (depth > 4 * MAX_DEPTH) {
                throw new UnsupportedSchemaException(
                        "The schema is nested more than %d deep; make it flatter".formatted(4 * MAX_DEPTH));
            }
            List<JsonNode> below = new ArrayList<>();
            for (JsonNode node : level) {
                node.forEach(below::add);
            }
            nodes += below.size();
            if (nodes > MAX_NODES) {
                throw new UnsupportedSchemaException(
                        "The schema has more than %,d parts; make it smaller".formatted(MAX_NODES));
            }
            level = below;
        }
    }

    /** The value that all of some schemas describe. */
    SchemaValue value(List<Located> schemas) {
        SchemaValue.Key key = new SchemaValue.Key(schemas);
        SchemaValue known = values.get(key);
        if (known != null) {
            return known;
        }
        if (values.size() == MAX_VALUES) {
            throw new UnsupportedSchemaException(
                    "The schema describes more than %,d kinds of values; make it smaller".formatted(MAX_VALUES));
        }
        SchemaValue value = new SchemaValue(schemas);
        values.put(key, value);
        waiting.add(value);
        return value;
    }

    private void fill(SchemaValue value) {
        for (List<Located> together : alternatives(value.schemas())) {
            new ValueReader(this, terminals, together).addTo(value);
        }
        if (value.alternatives().size() > MAX_ALTERNATIVES) {
            throw tooManyAlternatives();
        }
        value.addTexts(terminals);
    }

    /** Ways to satisfy all schemas, each of them as schemas without combinations, which all have to be satisfied. */
    List<List<Located>> alternatives(List<Located> schemas) {
        List<List<Located>> all = new ArrayList<>();
        expand(new ArrayDeque<>(schemas), List.of(), all);
        return all;
    }

    private void expand(Deque<Located> waiting, List<Located> before, List<List<Located>> all) {
        List<Located> plain = new ArrayList<>(before);
        while (!waiting.isEmpty()) {
            Located schema = waiting.poll();
            if (++steps > MAX_STEPS) {
                throw new UnsupportedSchemaException("The schema combines too much; make it smaller");
            }
            if (schema.node().isBoolean()) {
                if (!schema.node().booleanValue()) {
                    return;
                }
                continue;
            }
            if (!schema.node().isObject()) {
                throw schema.wrong("a schema is an object, or true or false");
            }
            if (plain.stream().anyMatch(other -> other.node() == schema.node())) {
                continue;
            }
            plain.add(schema);
            Parent parent = new Parent(schema.node(), schema.parent());
            refuseUnsupported(schema);
            if (schema.has("$ref")) {
                waiting.add(referred(schema, parent));
            }
            if (schema.has("allOf")) {
                members(schema, "allOf", parent).forEach(waiting::add);
            }
            List<List<Located>> choices = new ArrayList<>();
            if (schema.has("anyOf")) {
                choices.add(members(schema, "anyOf", parent));
            }
            if (schema.has("oneOf")) {
                List<Located> members = members(schema, "oneOf", parent);
                if (members.size() > MAX_ALTERNATIVES) {
                    throw tooManyAlternatives();
                }
                new Disjointness(this, terminals).require(schema, members);
                choices.add(members);
            }
            if (!choices.isEmpty()) {
                choose(choices, waiting, plain, all);
                return;
            }
        }
        all.add(plain);
        if (all.size() > MAX_ALTERNATIVES) {
            throw tooManyAlternatives();
        }
    }

    private static UnsupportedSchemaException tooManyAlternatives() {
        return new UnsupportedSchemaException(
                "The schema has more than %,d alternatives for one value; make it smaller".formatted(MAX_ALTERNATIVES));
    }

    private void choose(
            List<List<Located>> choices, Deque<Located> waiting, List<Located> plain, List<List<Located>> all) {
        List<List<Located>> rows = List.of(List.of());
        for (List<Located> choice : choices) {
            rows = rows.stream()
                    .flatMap(row -> choice.stream().map(one -> {
                        List<Located> longer = new ArrayList<>(row);
                        longer.add(one);
                        return longer;
                    }))
                    .toList();
        }
        for (List<Located> row : rows) {
            Deque<Located> rest = new ArrayDeque<>(row);
            rest.addAll(waiting);
            expand(rest, plain, all);
        }
    }

    private static void refuseUnsupported(Located schema) {
        schema.node().fieldNames().forEachRemaining(name -> {
            if (UNSUPPORTED.contains(name)) {
                throw schema.unsupported(name, "no answer can be held to it; describe the value without it");
            }
        });
    }

    private static List<Located> members(Located schema, String keyword, Parent parent) {
        JsonNode members = schema.node().path(keyword);
        if (!members.isArray() || members.isEmpty()) {
            throw schema.wrong(keyword + " needs a list of schemas");
        }
        List<Located> list = new ArrayList<>();
        for (int i = 0; i < members.size(); i++) {
            list.add(inside(members.get(i), schema.path() + "/" + keyword + "/" + i, parent));
        }
        return list;
    }

    /** A schema for the same value as those around it. */
    private static Located inside(JsonNode node, String path, Parent parent) {
        int depth = 0;
        for (Parent above = parent; above != null; above = above.above()) {
            if (above.node() == node) {
                throw new UnsupportedSchemaException(
                        "%s: this schema leads back to itself without an object or array in between, which never ends"
                                .formatted(path));
            }
            if (++depth > MAX_DEPTH) {
                throw new UnsupportedSchemaException(
                        "%s: references and combinations are nested more than %d deep".formatted(path, MAX_DEPTH));
            }
        }
        return new Located(node, path, parent);
    }

    private Located referred(Located schema, Parent parent) {
        JsonNode reference = schema.node().path("$ref");
        if (!reference.isTextual() || !reference.textValue().startsWith("#")) {
            throw schema.unsupported(
                    "$ref",
                    "it is %s; supported are references inside the schema, such as #/$defs/name"
                            .formatted(SchemaValue.shown(reference)));
        }
        String place = schema.path().substring(1);
        JsonPointer target = References.target(root, JsonPointer.compile(place), reference.textValue())
                .orElseThrow(() -> schema.wrong(
                        "its $ref %s leads to nothing; it has to name a place in the schema, such as #/$defs/name"
                                .formatted(SchemaValue.shown(reference))));
        return inside(root.at(target), "#" + target, parent);
    }

    private void findPossible(SchemaValue start) {
        List<SchemaValue> all = new ArrayList<>(values.values());
        List<SchemaValue> unknown = new ArrayList<>(all);
        for (int room = 0; room <= MAX_NESTING; room++) {
            int nesting = room;
            unknown.forEach(value -> value.findHeight(nesting));
            // arrays and objects with nothing in them are found second
            if (!unknown.removeIf(value -> value.fits(nesting)) && room > 0) {
                break;
            }
        }
        // what could be written if only all that is in it could be is endless, the rest contradictory
        Set<SchemaValue> hopeful = new HashSet<>(all);
        while (hopeful.removeIf(value -> !value.isPossibleWith(hopeful::contains))) {
            // once more
        }
        for (SchemaValue value : all) {
            if (!value.fits(MAX_NESTING) && !value.mayBeImpossible()) {
                throw hopeful.contains(value) ? value.endless() : value.contradiction();
            }
        }
        if (!start.fits(MAX_NESTING)) {
            throw new UnsupportedSchemaException("No value is valid against the schema");
        }
    }
}
