package dev.rapid4j.suites;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.common.AbstractAiServiceWithToolsIT;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;

class AiServiceWithToolsIT extends AbstractAiServiceWithToolsIT {

    @RegisterExtension
    static final PublishedModel PUBLISHED = new PublishedModel();

    @RegisterExtension
    static final Beyond BEYOND = new Beyond(Map.ofEntries(
            Map.entry(
                    "should_execute_tool_with_list_of_strings_parameter",
                    "calls the tool again and again with the right arguments, and does not answer"),
            Map.entry(
                    "should_execute_tool_with_enum_parameter",
                    "calls the tool with the right arguments, and ends without a word behind the result"),
            Map.entry(
                    "should_execute_tool_with_uuid_parameter",
                    "calls the tool with the right arguments, and ends without a word behind the result"),
            Map.entry(
                    "should_execute_tool_with_primitive_parameters",
                    "calls the tool with the right arguments, and ends without a word behind the result"),
            Map.entry(
                    "should_execute_tool_with_map_parameter",
                    "writes texts where the map has numbers, which its schema does not say"),
            Map.entry(
                    "should_execute_normal_tool_with_primitive_parameters",
                    "answers 37 + 87 = 124 instead of calling the tool"),
            Map.entry(
                    "should_execute_immediate_tool_in_parallel_with_primitive_parameters",
                    "calls for the first sum only"),
            Map.entry(
                    "should_fail_when_tool_returns_image_and_provider_does_not_support_it",
                    "fetches an image from the internet"),
            Map.entry(
                    "should_execute_tool_with_pojo_with_primitives",
                    "calls the tool again and again with the right arguments, and does not answer"),
            Map.entry(
                    "should_execute_normal_tool_in_parallel_with_primitive_parameters",
                    "calls once, then again for the other, and ends without a word"),
            Map.entry("should_execute_tool_without_parameters", "answers 14:30:00 instead of calling the tool"),
            Map.entry(
                    "should_execute_tool_with_set_of_enums_parameter",
                    "calls the tool again and again with the right arguments, and does not answer"),
            Map.entry(
                    "should_execute_tool_with_pojo_with_nested_pojo",
                    "calls the tool again and again with the right arguments, and does not answer"),
            Map.entry(
                    "should_execute_tool_with_collection_of_integers_parameter",
                    "calls the tool again and again with the right arguments, and does not answer"),
            Map.entry(
                    "should_execute_immediate_tool_with_primitive_parameters",
                    "answers 37 + 87 = 124 instead of calling the tool"),
            Map.entry("should_return_to_LLM", "ends without a word behind the result"),
            Map.entry("should_execute_tool_with_list_of_POJOs_parameter", "adds a person to the list")));

    @Override
    protected List<ChatModel> models() {
        return List.of(PUBLISHED.chatModel());
    }
}
