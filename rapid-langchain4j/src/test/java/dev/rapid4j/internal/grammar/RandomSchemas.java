package dev.rapid4j.internal.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Schemas of all that is supported, and documents that are valid against them. */
final class RandomSchemas {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private static final List<String> NAMES = List.of(
            "name",
            "age",
            "a",
            "ab",
            "abc",
            "é",
            "quoted \"name\"",
            "line\nend",
            "\u0001",
            "",
            "日本",
            "😀",
            "back\\slash",
            "$ref",
            "type");

    private static final Map<String, List<String>> PATTERNS = new LinkedHashMap<>();

    static {
        PATTERNS.put("^\\d{3}-[A-Z]{2,4}$", List.of("123-AB", "999-WXYZ"));
        PATTERNS.put("^(?:yes|no)$", List.of("yes", "no"));
        PATTERNS.put("b+", List.of("abba", "b", "x b\ny"));
        PATTERNS.put("^[^\\s\"]+$", List.of("abc", "é😀"));
        PATTERNS.put("[\\u00e0-\\u00ff]$", List.of("caf\u00e9", "\u00ff"));
        PATTERNS.put("^\\p{Lu}", List.of("A", "\u00c9cole"));
        PATTERNS.put("^$|^x.*y$", List.of("", "xy", "x \"quoted\" y"));
    }

    private static final Map<String, List<String>> FORMATS = Map.of(
            "date", List.of("2024-02-29", "1999-12-31", "2000-01-01"),
            "date-time", List.of("2024-02-29T23:59:59Z", "1985-04-12T23:20:50.52+01:30"),
            "time", List.of("00:00:00Z", "12:34:56.789-08:00"),
            "uuid", List.of("123e4567-e89b-12d3-a456-426614174000", "00000000-0000-0000-0000-00000000000F"),
            "ipv4", List.of("0.0.0.0", "192.168.1.255"),
            "ipv6", List.of("::1", "2001:db8::8a2e:370:7334", "1:2:3:4:5:6:7:8"),
            "uri", List.of("https://example.org/a/b?q=1#f", "mailto:ada@example.org"),
            "hostname", List.of("localhost", "www.example.org"),
            "duration", List.of("P1Y2M3DT4H5M6S", "PT30M"));

    private final Random random;
    private final ObjectNode definitions = JSON.objectNode();

    RandomSchemas(Random random) {
        this.random = random;
    }

    /** A schema with definitions that may lead back to themselves. */
    ObjectNode schema() {
        for (int i = random.nextInt(3); i > 0; i--) {
            ObjectNode node = JSON.objectNode().put("type", "object");
            ObjectNode properties = node.putObject("properties");
            properties.set("value", value(2));
            properties.putObject("left").put("$ref", "#/$defs/d" + i);
            if (random.nextBoolean()) {
                ObjectNode more = properties.putObject("more").put("type", "array");
                more.putObject("items").put("$ref", "#/$defs/d" + i);
            }
            node.putArray("required").add("value");
            node.put("additionalProperties", false);
            definitions.set("d" + i, node);
        }
        ObjectNode schema = random.nextInt(4) == 0 ? value(0) : object(0);
        if (!definitions.isEmpty()) {
            schema.set("$defs", definitions);
        }
        return schema;
    }

    private boolean chance(int one, int of) {
        return random.nextInt(of) < one;
    }

    private <T> T one(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private ObjectNode value(int depth) {
        int kinds = depth >= 3 ? 8 : 13;
        return switch (random.nextInt(kinds)) {
            case 0 -> string();
            case 1 -> integer();
            case 2 -> number();
            case 3 -> JSON.objectNode().put("type", "boolean");
            case 4 -> JSON.objectNode().put("type", "null");
            case 5 -> enumerated();
            case 6 -> JSON.objectNode().set("const", constant());
            case 7 -> {
                ObjectNode schema = JSON.objectNode();
                schema.putArray("type").add("string").add("null").add("integer");
                yield schema;
            }
            case 8 -> array(depth);
            case 9 -> {
                ObjectNode schema = JSON.objectNode();
                ArrayNode any = schema.putArray("anyOf");
                for (int i = 1 + random.nextInt(3); i > 0; i--) {
                    any.add(value(depth + 1));
                }
                yield schema;
            }
            case 10 ->
                definitions.isEmpty()
                        ? object(depth)
                        : JSON.objectNode().put("$ref", "#/$defs/" + one(new ArrayList<>(fields(definitions))));
            case 11 -> {
                ObjectNode schema = JSON.objectNode();
                ArrayNode all = schema.putArray("allOf");
                ObjectNode first = open(object(depth + 1));
                all.add(first);
                ObjectNode second = all.addObject().put("type", "object");
                second.putObject("properties").set("second part", value(depth + 1));
                if (chance(1, 2)) {
                    second.putArray("required").add("second part");
                }
                yield schema;
            }
            default -> object(depth);
        };
    }

    private static ObjectNode open(ObjectNode object) {
        object.remove("additionalProperties");
        object.remove("minProperties");
        object.remove("maxProperties");
        if (!object.has("properties")) {
            object.putObject("properties").putObject("p").put("type", "integer");
        }
        return object;
    }

    private static List<String> fields(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private ObjectNode string() {
        ObjectNode schema = JSON.objectNode().put("type", "string");
        switch (random.nextInt(6)) {
            case 0 -> schema.put("pattern", one(new ArrayList<>(PATTERNS.keySet())));
            case 1 -> schema.put("format", one(new ArrayList<>(FORMATS.keySet())));
            case 2 -> {
                int least = random.nextInt(5);
                schema.put("minLength", least).put("maxLength", least + random.nextInt(40));
            }
            case 3 -> schema.put("minLength", random.nextInt(20));
            case 4 -> schema.put("maxLength", random.nextInt(400));
            default -> {}
        }
        return schema;
    }

    private ObjectNode integer() {
        ObjectNode schema = JSON.objectNode().put("type", "integer");
        int low = random.nextInt(2000) - 1000;
        if (chance(1, 2)) {
            schema.put(chance(1, 3) ? "exclusiveMinimum" : "minimum", low);
        }
        if (chance(1, 2)) {
            schema.put(chance(1, 3) ? "exclusiveMaximum" : "maximum", low + 2 + random.nextInt(3000));
        }
        if (schema.size() == 1 && chance(1, 3)) {
            schema.put("multipleOf", 1 + random.nextInt(20));
        }
        return schema;
    }

    private ObjectNode number() {
        ObjectNode schema = JSON.objectNode().put("type", "number");
        double low = (random.nextInt(2_000_000) - 1_000_000) / Math.pow(10, random.nextInt(6));
        if (chance(1, 2)) {
            schema.put(chance(1, 3) ? "exclusiveMinimum" : "minimum", chance(1, 3) ? 0 : low);
        }
        if (chance(1, 3)) {
            schema.put(chance(1, 3) ? "exclusiveMaximum" : "maximum", Math.max(0, low) + 0.125 + random.nextInt(100));
        }
        if (schema.size() == 1 && chance(1, 4)) {
            schema.put("multipleOf", one(List.of(0.5, 0.25, 5.0)));
        }
        return schema;
    }

    private ObjectNode enumerated() {
        ObjectNode schema = JSON.objectNode();
        ArrayNode values = schema.putArray("enum");
        if (chance(1, 2)) {
            schema.put("type", "string");
            for (int i = 1 + random.nextInt(5); i > 0; i--) {
                values.add(one(NAMES) + (i == 1 ? "" : i));
            }
        } else {
            values.add(1).add("one").addNull();
            values.add(constant());
        }
        return schema;
    }

    private JsonNode constant() {
        return switch (random.nextInt(6)) {
            case 0 -> JSON.textNode(one(NAMES));
            case 1 -> JSON.numberNode(random.nextInt(100));
            case 2 -> JSON.booleanNode(true);
            case 3 -> JSON.nullNode();
            case 4 -> JSON.objectNode().put("k", 1);
            default -> JSON.arrayNode().add(1).add("x");
        };
    }

    private ObjectNode array(int depth) {
        ObjectNode schema = JSON.objectNode().put("type", "array");
        int first = chance(1, 4) ? 1 + random.nextInt(3) : 0;
        for (int i = 0; i < first; i++) {
            schema.withArray("prefixItems").add(value(depth + 1));
        }
        if (first == 0 || chance(1, 2)) {
            schema.set("items", value(depth + 1));
        } else if (chance(1, 2)) {
            schema.put("items", false);
        }
        boolean none = schema.path("items").isBoolean();
        if (chance(1, 3)) {
            schema.put("minItems", none ? random.nextInt(first + 1) : random.nextInt(4));
        }
        if (chance(1, 3)) {
            schema.put("maxItems", schema.path("minItems").asInt() + random.nextInt(4));
        }
        return schema;
    }

    private ObjectNode object(int depth) {
        ObjectNode schema = JSON.objectNode().put("type", "object");
        List<String> names = new ArrayList<>(NAMES);
        int count = random.nextInt(6);
        for (int i = 0; i < count; i++) {
            String name = names.remove(random.nextInt(names.size()));
            schema.withObject("/properties").set(name, value(depth + 1));
            if (chance(1, 2)) {
                schema.withArray("required").add(name);
            }
        }
        switch (random.nextInt(6)) {
            case 0 -> schema.put("additionalProperties", true);
            case 1 -> schema.set("additionalProperties", string());
            case 2 -> schema.put("additionalProperties", false);
            default -> {}
        }
        int required = schema.path("required").size();
        if (chance(1, 6)
                && !schema.path("additionalProperties").isObject()
                && !schema.path("additionalProperties").asBoolean()
                && count > 0) {
            schema.put("minProperties", required + random.nextInt(count - required + 1));
        }
        if (chance(1, 6)) {
            schema.put(
                    "maxProperties",
                    Math.max(required, schema.path("minProperties").asInt()) + random.nextInt(3));
        }
        return schema;
    }

    /** A document that is valid against a schema of this, with properties in the schema's order. */
    JsonNode document(ObjectNode root) {
        return document(root, root, 0);
    }

    private JsonNode document(JsonNode root, JsonNode schema, int depth) {
        if (schema.has("$ref")) {
            return document(root, root.at(schema.path("$ref").asText().substring(1)), depth);
        }
        if (schema.has("anyOf")) {
            return document(
                    root,
                    schema.path("anyOf").get(random.nextInt(schema.path("anyOf").size())),
                    depth);
        }
        if (schema.has("allOf")) {
            ObjectNode all = JSON.objectNode();
            schema.path("allOf").forEach(part -> all.setAll((ObjectNode) document(root, part, depth)));
            return all;
        }
        if (schema.has("const")) {
            return schema.path("const");
        }
        if (schema.has("enum")) {
            return schema.path("enum").get(random.nextInt(schema.path("enum").size()));
        }
        String type = schema.path("type").isArray()
                ? schema.path("type").get(random.nextInt(3)).asText()
                : schema.path("type").asText();
        return switch (type) {
            case "string" -> JSON.textNode(text(schema));
            case "integer" -> JSON.numberNode(whole(schema));
            case "number" -> decimal(schema);
            case "boolean" -> JSON.booleanNode(random.nextBoolean());
            case "null" -> JSON.nullNode();
            case "array" -> items(root, schema, depth);
            default -> properties(root, schema, depth);
        };
    }

    private String text(JsonNode schema) {
        if (schema.has("pattern")) {
            return one(PATTERNS.get(schema.path("pattern").asText()));
        }
        if (schema.has("format")) {
            return one(FORMATS.get(schema.path("format").asText()));
        }
        int least = schema.path("minLength").asInt();
        int most = schema.path("maxLength").asInt(least + 30);
        StringBuilder text = new StringBuilder();
        for (int i = least + random.nextInt(most - least + 1); i > 0; i--) {
            text.appendCodePoint(one(List.of(
                    (int) 'a', (int) 'b', (int) ' ', (int) '"', (int) '\\', 7, 10, 0xE9, 0x65E5, 0x1F600, (int) '/')));
        }
        return text.toString();
    }

    private long whole(JsonNode schema) {
        if (schema.has("multipleOf")) {
            return schema.path("multipleOf").asLong() * (random.nextInt(200) - 100);
        }
        long low = Math.max(
                schema.path("minimum").asLong(-2000),
                schema.path("exclusiveMinimum").asLong(-2001) + 1);
        long high = Math.min(
                schema.path("maximum").asLong(low + 50),
                schema.path("exclusiveMaximum").asLong(low + 51) - 1);
        return low + random.nextInt((int) (Math.max(low, high) - low + 1));
    }

    private JsonNode decimal(JsonNode schema) {
        if (schema.has("multipleOf")) {
            return JSON.numberNode(new BigDecimal(schema.path("multipleOf").asText())
                    .multiply(BigDecimal.valueOf(random.nextInt(100))));
        }
        double low = Math.max(
                schema.path("minimum").asDouble(-1000),
                schema.path("exclusiveMinimum").asDouble(-1000));
        double high = Math.min(
                schema.path("maximum").asDouble(low + 1),
                schema.path("exclusiveMaximum").asDouble(low + 1));
        return JSON.numberNode(new BigDecimal(low + (high - low) * 0.5).setScale(9, RoundingMode.HALF_EVEN));
    }

    private ArrayNode items(JsonNode root, JsonNode schema, int depth) {
        ArrayNode items = JSON.arrayNode();
        int first = schema.path("prefixItems").size();
        int least = schema.path("minItems").asInt();
        boolean more = schema.path("items").isObject();
        int most = Math.min(schema.path("maxItems").asInt(100), more ? 100 : Math.max(first, least));
        int count = depth > 6 ? least : Math.min(most, least + random.nextInt(4));
        for (int i = 0; i < count; i++) {
            if (i < first) {
                items.add(document(root, schema.path("prefixItems").get(i), depth + 1));
            } else {
                items.add(more ? document(root, schema.path("items"), depth + 1) : JSON.nullNode());
            }
        }
        return items;
    }

    private ObjectNode properties(JsonNode root, JsonNode schema, int depth) {
        List<String> required = new ArrayList<>();
        schema.path("required").forEach(name -> required.add(name.asText()));
        int most = schema.path("maxProperties").asInt(100);
        int least = schema.path("minProperties").asInt();
        List<String> names = fields(schema.path("properties"));
        List<String> free = new ArrayList<>(names);
        free.removeAll(required);
        List<String> chosen = new ArrayList<>(required);
        for (String name : free) {
            if (chosen.size() < most && (chosen.size() < least || depth < 6 && chance(1, 2))) {
                chosen.add(name);
            }
        }
        ObjectNode object = JSON.objectNode();
        names.stream()
                .filter(chosen::contains)
                .forEach(name -> object.set(
                        name, document(root, schema.path("properties").path(name), depth + 1)));
        JsonNode additional = schema.path("additionalProperties");
        if (object.size() < most && chance(1, 2) && (additional.isObject() || additional.asBoolean())) {
            object.set(
                    "free \"é\"",
                    additional.isObject()
                            ? document(root, additional, depth + 1)
                            : JSON.arrayNode().add(1.5).addNull());
        }
        return object;
    }
}
