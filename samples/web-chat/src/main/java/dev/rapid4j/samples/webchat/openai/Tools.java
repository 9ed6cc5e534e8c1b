package dev.rapid4j.samples.webchat.openai;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The tools of a request, and whether one has to be called.
 *
 * @param offered those that may be called
 */
record Tools(List<ToolSpecification> offered, ToolChoice choice) {

    /** As many as OpenAI takes. */
    private static final int MAX_TOOLS = 128;

    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");

    /** What of a schema for arguments has a place beside their properties. */
    private static final Set<String> KEYWORDS = Set.of(
            "type",
            "properties",
            "required",
            "additionalProperties",
            "description",
            "title",
            "$schema",
            "$id",
            "$defs",
            "definitions");

    private static final String DEFINITIONS = "#/definitions/";

    /** Keywords whose value has schemas under names of any kind. */
    private static final Set<String> SCHEMAS_BY_NAME =
            Set.of("properties", "patternProperties", "$defs", "definitions", "dependentSchemas");

    /** Keywords whose value is no schema, whatever it looks like. */
    private static final Set<String> VALUES = Set.of("enum", "const", "default", "examples", "example");

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Tool(String type, Function function) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Function(String name, String description, JsonNode parameters, Boolean strict) {}

    /**
     * @param tools may be {@code null}
     * @param toolChoice may be {@code null}: auto
     * @throws OpenAiException if a tool is none, or one is chosen that is not there
     */
    static Tools of(List<Tool> tools, JsonNode toolChoice) {
        List<ToolSpecification> specifications = specifications(tools == null ? List.of() : tools);
        if (toolChoice == null || toolChoice.isNull()) {
            return new Tools(specifications, ToolChoice.AUTO);
        }
        String name = toolChoice.isString() ? toolChoice.stringValue() : "";
        if (name.equals("none") || name.equals("auto") && specifications.isEmpty()) {
            // OpenAI, too, lets it be said where there is nothing to choose from
            return new Tools(specifications, ToolChoice.NONE);
        }
        if (specifications.isEmpty()) {
            throw OpenAiException.invalid("tool_choice", null, "tool_choice needs tools to choose from");
        }
        return switch (name) {
            case "auto" -> new Tools(specifications, ToolChoice.AUTO);
            case "required" -> new Tools(specifications, ToolChoice.REQUIRED);
            default -> new Tools(List.of(named(toolChoice, specifications)), ToolChoice.REQUIRED);
        };
    }

    private static ToolSpecification named(JsonNode choice, List<ToolSpecification> tools) {
        if (!choice.path("type").asString("").equals("function")) {
            throw OpenAiException.invalid(
                    "tool_choice",
                    "invalid_value",
                    "tool_choice is none, auto, required or {\"type\": \"function\", \"function\": {\"name\": …}}");
        }
        String name = choice.at("/function/name").asString("");
        return tools.stream()
                .filter(tool -> tool.name().equals(name))
                .findFirst()
                .orElseThrow(() -> OpenAiException.invalid(
                        "tool_choice.function.name", "invalid_value", "There is no tool of the name that is chosen"));
    }

    private static List<ToolSpecification> specifications(List<Tool> tools) {
        if (tools.size() > MAX_TOOLS) {
            throw OpenAiException.invalid("tools", null, "There may be up to " + MAX_TOOLS + " tools");
        }
        List<ToolSpecification> specifications = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < tools.size(); i++) {
            String param = "tools[" + i + "]";
            ToolSpecification specification = specification(tools.get(i), param);
            if (!names.add(specification.name())) {
                throw OpenAiException.invalid(
                        param + ".function.name", null, "There is more than one tool " + specification.name());
            }
            specifications.add(specification);
        }
        return specifications;
    }

    private static ToolSpecification specification(Tool tool, String param) {
        if (tool == null || !"function".equals(tool.type)) {
            throw OpenAiException.unsupported(param + ".type", "The one type of tools is function");
        }
        Function function = tool.function;
        if (function == null
                || function.name == null
                || !NAME.matcher(function.name).matches()) {
            throw OpenAiException.invalid(
                    param + ".function.name",
                    "invalid_value",
                    "A function needs a name of up to 64 letters, digits, underscores and hyphens");
        }
        return ToolSpecification.builder()
                .name(function.name)
                .description(function.description)
                .parameters(parameters(function.parameters, param + ".function.parameters"))
                .strict(function.strict)
                .build();
    }

    /** Each argument keeps its schema as it is; what holds for them together is an object with properties. */
    private static JsonObjectSchema parameters(JsonNode schema, String param) {
        if (schema == null || schema.isNull() || schema.isObject() && schema.isEmpty()) {
            return null;
        }
        if (!schema.isObject() || !schema.path("type").asString("object").equals("object")) {
            throw OpenAiException.invalid(
                    param, "invalid_function_parameters", param + " must be a schema of type object");
        }
        for (String keyword : schema.propertyNames()) {
            if (!KEYWORDS.contains(keyword)) {
                String at = param + "." + Json.abbreviated(keyword);
                throw OpenAiException.invalid(at, "invalid_function_parameters", at + " is not supported there");
            }
        }
        JsonObjectSchema.Builder parameters = JsonObjectSchema.builder();
        object(schema, "properties", param)
                .forEachEntry((name, value) -> parameters.addProperty(name, raw(value, param + ".properties")));
        ObjectNode definitions = object(schema, "$defs", param);
        object(schema, "definitions", param).forEachEntry((name, value) -> {
            if (definitions.putIfAbsent(name, value) != null) {
                throw OpenAiException.invalid(
                        param + ".definitions",
                        "invalid_function_parameters",
                        Json.abbreviated(name) + " is in $defs and in definitions; give each schema one name");
            }
        });
        if (!definitions.isEmpty()) {
            Map<String, JsonSchemaElement> named = new LinkedHashMap<>();
            definitions.forEachEntry((name, value) -> named.put(name, raw(value, param + ".$defs")));
            parameters.definitions(named);
        }
        JsonNode additional = schema.path("additionalProperties");
        if (additional.isBoolean()) {
            parameters.additionalProperties(additional.booleanValue());
        } else if (!additional.isMissingNode()) {
            throw OpenAiException.invalid(
                    param + ".additionalProperties",
                    "invalid_function_parameters",
                    param + ".additionalProperties must be true or false");
        }
        return parameters
                .required(required(schema, param))
                .description(text(schema, "description"))
                .build();
    }

    private static ObjectNode object(JsonNode schema, String keyword, String param) {
        JsonNode node = schema.path(keyword);
        if (node.isMissingNode()) {
            return ((ObjectNode) schema).objectNode();
        }
        if (node instanceof ObjectNode object) {
            return object.deepCopy();
        }
        throw OpenAiException.invalid(
                param + "." + keyword, "invalid_function_parameters", param + "." + keyword + " must be an object");
    }

    /** Where definitions stand in LangChain4j's objects, references to them have to say so. */
    private static JsonRawSchema raw(JsonNode schema, String param) {
        if (!schema.isObject()) {
            throw OpenAiException.invalid(param, "invalid_function_parameters", param + " must hold schemas");
        }
        JsonNode copy = schema.deepCopy();
        renameReferences(copy);
        return JsonRawSchema.from(copy.toString());
    }

    /** @param schema a schema, or an array of them, or none */
    private static void renameReferences(JsonNode schema) {
        if (schema instanceof ObjectNode object) {
            JsonNode reference = object.path("$ref");
            if (reference.isString() && reference.stringValue().startsWith(DEFINITIONS)) {
                object.put("$ref", "#/$defs/" + reference.stringValue().substring(DEFINITIONS.length()));
            }
            object.forEachEntry((keyword, value) -> {
                if (SCHEMAS_BY_NAME.contains(keyword)) {
                    value.forEach(Tools::renameReferences);
                } else if (!VALUES.contains(keyword)) {
                    renameReferences(value);
                }
            });
        } else {
            schema.forEach(Tools::renameReferences);
        }
    }

    private static List<String> required(JsonNode schema, String param) {
        JsonNode required = schema.path("required");
        if (required.isMissingNode()) {
            return List.of();
        }
        if (!required.isArray() || !required.valueStream().allMatch(JsonNode::isString)) {
            throw OpenAiException.invalid(
                    param + ".required",
                    "invalid_function_parameters",
                    param + ".required must be an array of strings");
        }
        return required.valueStream().map(JsonNode::stringValue).toList();
    }

    private static String text(JsonNode schema, String keyword) {
        return schema.path(keyword).asString(null);
    }
}
