package dev.rapid4j.internal.prompt;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Tools as transformers gives them to chat templates, with the keys in the order of its {@code get_json_schema}. */
final class ToolVariable {

    private static final JsonObjectSchema NO_PARAMETERS =
            JsonObjectSchema.builder().build();

    private ToolVariable() {}

    static List<Map<String, Object>> of(List<ToolSpecification> tools) {
        return tools.stream().map(ToolVariable::of).toList();
    }

    private static Map<String, Object> of(ToolSpecification tool) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", tool.name());
        // templates join it with other texts, so there has to be one
        function.put("description", tool.description() == null ? "" : tool.description());
        function.put("parameters", parameters(tool.parameters() == null ? NO_PARAMETERS : tool.parameters()));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("type", "function");
        result.put("function", function);
        return result;
    }

    private static Map<String, Object> parameters(JsonObjectSchema schema) {
        Map<String, Object> parameters = new LinkedHashMap<>(JsonSchemaElementUtils.toMap(schema));
        if (parameters.get("required") instanceof List<?> required && required.isEmpty()) {
            parameters.remove("required");
        }
        return parameters;
    }
}
