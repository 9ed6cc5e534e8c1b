package dev.rapid4j.suites;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.common.AbstractAiServiceWithJsonSchemaIT;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;

class AiServiceWithJsonSchemaIT extends AbstractAiServiceWithJsonSchemaIT {

    @RegisterExtension
    static final PublishedModel PUBLISHED = new PublishedModel();

    @RegisterExtension
    static final Beyond BEYOND = new Beyond(Map.ofEntries(
            Map.entry(
                    "should_extract_pojo_with_missing_data",
                    "writes a date of year, month and day 0 where none is given, not null"),
            Map.entry("should_extract_list_of_enums", "names each value once: SINGLE, MARRIED"),
            Map.entry("should_extract_recursive_polymorphic_type", "answers 1 + 2 where 1 + 2 + 3 is asked"),
            Map.entry("should_extract_enum", "answers MARRIED of somebody who is single"),
            Map.entry(
                    "should_extract_pojo_with_nested_polymorphic_field", "gives the owner the name of the dog, Rex")));

    @Override
    protected List<ChatModel> models() {
        return List.of(PUBLISHED.chatModel());
    }

    @Override
    protected boolean supportsRecursion() {
        return true;
    }

    /** The schema is kept to by construction. */
    @Override
    protected boolean isStrictJsonSchemaEnabled(ChatModel model) {
        return true;
    }
}
