package dev.rapid4j.internal.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.internal.grammar.NumberRange.Bound;
import dev.rapid4j.internal.grammar.SchemaValue.ArrayForm;
import dev.rapid4j.internal.grammar.SchemaValue.Located;
import dev.rapid4j.internal.grammar.SchemaValue.Scalar;
import dev.rapid4j.internal.text.Characters;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What a value may be that satisfies several schemas without combinations, by its types. */
final class ValueReader {

    enum Type {
        NULL,
        BOOLEAN,
        INTEGER,
        NUMBER,
        STRING,
        ARRAY,
        OBJECT
    }

    private static final Map<Type, Set<String>> KEYWORDS = Map.of(
            Type.NUMBER,
            Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
            Type.STRING,
            Set.of("minLength", "maxLength", "pattern", "format"),
            Type.ARRAY,
            Set.of("items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems"),
            Type.OBJECT,
            Set.of(
                    "properties",
                    "required",
                    "additionalProperties",
                    "patternProperties",
                    "propertyNames",
                    "minProperties",
                    "maxProperties",
                    "unevaluatedProperties"));

    private static final Map<String, Bound[]> NUMBER_FORMATS = Map.of(
            "int32",
            bounds(Integer.MIN_VALUE, Integer.MAX_VALUE),
            "int64",
            bounds(Long.MIN_VALUE, Long.MAX_VALUE),
            "float",
            new Bound[2],
            "double",
            new Bound[2]);

    private static Bound[] bounds(long low, long high) {
        return new Bound[] {new Bound(BigDecimal.valueOf(low), false), new Bound(BigDecimal.valueOf(high), false)};
    }

    private static final List<String> NULL = List.of("null");
    private static final List<String> BOOLEANS = List.of("true", "false");

    private final SchemaReader reader;
    private final Terminals terminals;
    private final List<Located> schemas;

    ValueReader(SchemaReader reader, Terminals terminals, List<Located> schemas) {
        this.reader = reader;
        this.terminals = terminals;
        this.schemas = schemas;
    }

    void addTo(SchemaValue value) {
        Set<Type> types = impliedTypes();
        if (schemas.stream().anyMatch(schema -> schema.has("enum") || schema.has("const"))) {
            List<JsonNode> values = enumerated().stream()
                    .filter(one -> types.contains(typeOf(one)) && matches(one))
                    .toList();
            List<String> texts = values.stream()
                    .filter(JsonNode::isValueNode)
                    .map(JsonNode::toString)
                    .distinct()
                    .toList();
            addWords(value, texts);
            values.stream().filter(JsonNode::isContainerNode).forEach(one -> addExactly(one, value));
            return;
        }
        if (types.contains(Type.NULL)) {
            addWords(value, NULL);
        }
        if (types.contains(Type.BOOLEAN)) {
            addWords(value, BOOLEANS);
        }
        if (types.contains(Type.INTEGER)) {
            add(value, number(!types.contains(Type.NUMBER)));
        }
        if (types.contains(Type.STRING)) {
            add(value, string());
        }
        if (types.contains(Type.ARRAY)) {
            addArray(value);
        }
        if (types.contains(Type.OBJECT)) {
            new ObjectReader(reader, terminals, schemas).addTo(value);
        }
    }

    /** With white space in it as in any other object or array. */
    private void addExactly(JsonNode one, SchemaValue value) {
        ObjectNode schema = JsonNodeFactory.instance.objectNode();
        if (one.isObject()) {
            schema.put("additionalProperties", false);
            ObjectNode properties = schema.putObject("properties");
            ArrayNode required = schema.putArray("required");
            one.propertyStream().forEach(field -> {
                properties.putObject(field.getKey()).set("const", field.getValue());
                required.add(field.getKey());
            });
        } else {
            schema.put("minItems", one.size()).put("maxItems", one.size());
            ArrayNode items = schema.putArray("prefixItems");
            one.forEach(item -> items.addObject().set("const", item));
        }
        Located exactly = new Located(schema, Located.first(schemas).path(), null);
        ValueReader same = new ValueReader(reader, terminals, List.of(exactly));
        if (one.isObject()) {
            new ObjectReader(reader, terminals, same.schemas).addTo(value);
        } else {
            same.addArray(value);
        }
    }

    private void addWords(SchemaValue value, List<String> texts) {
        if (!texts.isEmpty()) {
            add(value, texts.size() == 1 ? terminals.literal(texts.get(0)) : terminals.words(texts));
        }
    }

    private static void add(SchemaValue value, Automaton automaton) {
        if (!automaton.isEmpty()) {
            value.alternatives().add(new Scalar(automaton));
        }
    }

    /** By {@code type} alone. */
    Set<Type> types() {
        Set<Type> all = EnumSet.allOf(Type.class);
        schemas.forEach(schema -> all.retainAll(types(schema)));
        return all;
    }

    /** Where no schema names a type, those that its keywords are for. */
    private Set<Type> impliedTypes() {
        if (schemas.stream()
                .anyMatch(schema -> Stream.of("type", "enum", "const").anyMatch(schema::has))) {
            return types();
        }
        Set<Type> implied = EnumSet.noneOf(Type.class);
        KEYWORDS.forEach((type, keywords) -> {
            if (schemas.stream().anyMatch(schema -> keywords.stream().anyMatch(schema::has))) {
                implied.addAll(type == Type.NUMBER ? EnumSet.of(Type.NUMBER, Type.INTEGER) : EnumSet.of(type));
            }
        });
        return implied.isEmpty() ? EnumSet.allOf(Type.class) : implied;
    }

    private static Set<Type> types(Located schema) {
        if (!schema.has("type")) {
            return EnumSet.allOf(Type.class);
        }
        JsonNode type = schema.node().path("type");
        Set<Type> types = EnumSet.noneOf(Type.class);
        for (JsonNode name : type.isArray() ? type : List.of(type)) {
            Type known = Stream.of(Type.values())
                    .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(name.textValue()))
                    .findFirst()
                    .orElseThrow(() ->
                            schema.wrong("the type %s is none of JSON Schema's".formatted(SchemaValue.shown(name))));
            types.add(known);
            if (known == Type.NUMBER) {
                types.add(Type.INTEGER);
            }
        }
        return types;
    }

    private static Type typeOf(JsonNode value) {
        return switch (value.getNodeType()) {
            case NULL -> Type.NULL;
            case BOOLEAN -> Type.BOOLEAN;
            case NUMBER -> isWhole(value) ? Type.INTEGER : Type.NUMBER;
            case STRING -> Type.STRING;
            case ARRAY -> Type.ARRAY;
            default -> Type.OBJECT;
        };
    }

    private static boolean isWhole(JsonNode number) {
        return number.decimalValue().stripTrailingZeros().scale() <= 0;
    }

    /** The values of {@code enum} and {@code const} that all schemas have which have some; {@code null} if none has. */
    List<JsonNode> enumerated() {
        List<JsonNode> common = null;
        for (Located schema : schemas) {
            if (schema.has("enum")) {
                JsonNode list = schema.node().path("enum");
                if (!list.isArray() || list.isEmpty()) {
                    throw schema.wrong("enum needs a list of values");
                }
                common = common(common, list);
            }
            if (schema.has("const")) {
                common = common(common, List.of(schema.node().path("const")));
            }
        }
        if (common != null) {
            for (JsonNode value : common) {
                if (!Characters.wellFormed(value.toString()).equals(value.toString())) {
                    throw Located.first(schemas)
                            .wrong("a value of enum or const has half a surrogate pair, which is no text");
                }
            }
        }
        return common;
    }

    private static List<JsonNode> common(List<JsonNode> before, Iterable<JsonNode> values) {
        List<JsonNode> common = new ArrayList<>();
        for (JsonNode value : values) {
            if (before == null || before.stream().anyMatch(other -> same(value, other))) {
                common.add(value);
            }
        }
        return common;
    }

    static boolean same(JsonNode one, JsonNode other) {
        return one.equals(
                (left, right) -> left.isNumber() && right.isNumber()
                        ? left.decimalValue().compareTo(right.decimalValue())
                        : left.equals(right) ? 0 : 1,
                other);
    }

    /** Whether a value of {@code enum} satisfies the keywords for its type. */
    boolean matches(JsonNode value) {
        Type type = typeOf(value);
        if (!types().contains(type)) {
            return false;
        }
        return switch (type) {
            case NULL, BOOLEAN -> true;
            case INTEGER, NUMBER -> range(false).contains(value.decimalValue());
            case STRING ->
                schemas.stream().noneMatch(schema -> has(schema, Type.STRING))
                        || string().accepts(value.toString().getBytes(StandardCharsets.UTF_8));
            default -> {
                schemas.stream().filter(schema -> has(schema, type)).findFirst().ifPresent(schema -> {
                    throw schema.unsupported(
                            schema.has("enum") ? "enum" : "const",
                            "with an object or array among its values it cannot stand beside other keywords");
                });
                yield true;
            }
        };
    }

    private static boolean has(Located schema, Type type) {
        return KEYWORDS.get(type).stream().anyMatch(schema::has);
    }

    /** A string with all that is asked of it. */
    Automaton string() {
        int least = 0;
        int most = CountedString.MOST;
        List<Automaton> parts = new ArrayList<>();
        for (Located schema : schemas) {
            least = Math.max(least, count(schema, "minLength", 0, CountedString.MOST));
            most = Math.min(most, count(schema, "maxLength", CountedString.MOST, CountedString.MOST));
            if (schema.has("pattern")) {
                String expression = text(schema, "pattern");
                parts.add(made(schema, "pattern", () -> terminals.stringWith(expression, CharacterForm.SHORT_JSON)));
            }
            if (schema.has("format")) {
                String format = text(schema, "format");
                String expression = Formats.expression(format);
                if (expression == null) {
                    throw schema.unsupported(
                            "format", "for a string, \"%s\" is none of %s".formatted(format, Formats.names()));
                }
                parts.add(terminals.string(expression));
            }
        }
        if (least > 0 || most < CountedString.MOST) {
            parts.add(terminals.string(least, most));
        }
        if (parts.isEmpty()) {
            return terminals.string();
        }
        return parts.size() == 1
                ? parts.get(0)
                : made(Located.first(schemas), "pattern, format, minLength and maxLength", () -> Terminals.both(parts));
    }

    /** Says of what fails where it stands. */
    static Automaton made(Located schema, String keyword, Supplier<Automaton> maker) {
        try {
            return maker.get();
        } catch (TooLargeException e) {
            throw schema.unsupported(keyword, "it is too large, " + e.getMessage());
        } catch (IllegalArgumentException e) {
            throw schema.unsupported(keyword, e.getMessage());
        }
    }

    Automaton number(boolean integer) {
        NumberRange range = range(integer);
        return made(Located.first(schemas), "a bound or multipleOf", () -> terminals.number(range));
    }

    NumberRange range(boolean integer) {
        NumberRange range = new NumberRange(null, null, integer, List.of());
        for (Located schema : schemas) {
            range = range.and(range(schema));
        }
        return range;
    }

    private static NumberRange range(Located schema) {
        Bound low = bound(schema, "minimum", false);
        Bound high = bound(schema, "maximum", false);
        NumberRange range = new NumberRange(low, high, false, List.of());
        for (String end : List.of("Minimum", "Maximum")) {
            String keyword = "exclusive" + end;
            boolean lower = end.equals("Minimum");
            // a flag up to draft 4
            if (schema.node().path(keyword).isBoolean()) {
                Bound bound = lower ? low : high;
                if (bound != null && schema.node().path(keyword).booleanValue()) {
                    Bound exclusive = new Bound(bound.value(), true);
                    range = range.and(
                            new NumberRange(lower ? exclusive : null, lower ? null : exclusive, false, List.of()));
                }
            } else {
                Bound bound = bound(schema, keyword, true);
                range = range.and(new NumberRange(lower ? bound : null, lower ? null : bound, false, List.of()));
            }
        }
        if (schema.has("multipleOf")) {
            BigDecimal divisor = number(schema, "multipleOf");
            if (divisor.signum() <= 0) {
                throw schema.wrong("multipleOf has to be above 0");
            }
            range = range.and(new NumberRange(null, null, false, List.of(divisor)));
        }
        Bound[] format = NUMBER_FORMATS.get(schema.node().path("format").asText());
        return format == null ? range : range.and(new NumberRange(format[0], format[1], false, List.of()));
    }

    private static Bound bound(Located schema, String keyword, boolean exclusive) {
        return schema.has(keyword) ? new Bound(number(schema, keyword), exclusive) : null;
    }

    private static BigDecimal number(Located schema, String keyword) {
        JsonNode value = schema.node().path(keyword);
        if (!value.isNumber() || value.isFloatingPointNumber() && !Double.isFinite(value.doubleValue())) {
            throw schema.wrong("%s is %s, a number is needed".formatted(keyword, SchemaValue.shown(value)));
        }
        BigDecimal number = value.decimalValue();
        if (number.signum() != 0 && Math.abs((long) number.precision() - number.scale()) > 1000) {
            throw schema.unsupported(keyword, "%s has too many digits".formatted(SchemaValue.shown(value)));
        }
        return number;
    }

    private static String text(Located schema, String keyword) {
        JsonNode value = schema.node().path(keyword);
        if (!value.isTextual()) {
            throw schema.wrong("%s is %s, a text is needed".formatted(keyword, SchemaValue.shown(value)));
        }
        return value.textValue();
    }

    /** A number of characters, items or properties; more than {@code most} is as much. */
    static int count(Located schema, String keyword, int absent, int most) {
        JsonNode value = schema.node().path(keyword);
        if (value.isMissingNode()) {
            return absent;
        }
        if (!value.isNumber() || !isWhole(value) || value.decimalValue().signum() < 0) {
            throw schema.wrong(
                    "%s is %s, a whole number from 0 is needed".formatted(keyword, SchemaValue.shown(value)));
        }
        return value.decimalValue().min(BigDecimal.valueOf(most)).intValue();
    }

    private void addArray(SchemaValue value) {
        int least = 0;
        int most = Rule.Repetition.UNBOUNDED;
        int first = 0;
        for (Located schema : schemas) {
            least = Math.max(least, count(schema, "minItems", 0, most));
            most = Math.min(most, count(schema, "maxItems", most, most));
            first = Math.max(first, firstItems(schema).size());
        }
        for (Located schema : schemas) {
            if (schema.node().path("uniqueItems").asBoolean() && most > 1) {
                throw schema.unsupported("uniqueItems", "what was written before does not bound what may follow");
            }
        }
        boolean said = schemas.stream()
                .anyMatch(schema -> schema.node().path("items").isObject()
                        || schema.node().path("items").isBoolean()
                        || schema.has("additionalItems"));
        if (first > 0 && !said && least <= first) {
            // as for objects: where nothing is said about others, there are none
            most = Math.min(most, first);
        }
        if (least > most) {
            return;
        }
        List<SchemaValue> items = new ArrayList<>();
        for (int i = 0; i <= first; i++) {
            int place = i;
            items.add(reader.value(schemas.stream()
                    .map(schema -> item(schema, place))
                    .filter(Objects::nonNull)
                    .toList()));
        }
        value.alternatives().add(new ArrayForm(List.copyOf(items.subList(0, first)), items.get(first), least, most));
    }

    private static JsonNode firstItems(Located schema) {
        // the older drafts have the list in the place of the schema
        JsonNode items = schema.node().path(schema.has("prefixItems") ? "prefixItems" : "items");
        if (schema.has("prefixItems") && !items.isArray()) {
            throw schema.wrong("prefixItems needs a list of schemas");
        }
        return items.isArray() ? items : MissingNode.getInstance();
    }

    /** The schema of an item, {@code null} if there is none. */
    private static Located item(Located schema, int place) {
        JsonNode first = firstItems(schema);
        boolean older = schema.node().path("items").isArray();
        if (place < first.size()) {
            return schema.element(older ? "items" : "prefixItems", place);
        }
        String keyword = older ? "additionalItems" : "items";
        return schema.has(keyword) ? schema.child(keyword) : null;
    }
}
