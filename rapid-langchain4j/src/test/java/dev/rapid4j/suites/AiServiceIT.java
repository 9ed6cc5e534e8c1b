package dev.rapid4j.suites;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.output.TokenUsage;
import dev.langchain4j.service.common.AbstractAiServiceIT;
import dev.rapid4j.RapidTokenUsage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;

class AiServiceIT extends AbstractAiServiceIT {

    @RegisterExtension
    static final PublishedModel PUBLISHED = new PublishedModel();

    @RegisterExtension
    static final Beyond BEYOND = new Beyond(Map.ofEntries(
            Map.entry("should_execute_tool_then_return_structured_output", "behind each result it calls again")));

    @Override
    protected Class<? extends TokenUsage> tokenUsageType(ChatModel model) {
        return RapidTokenUsage.class;
    }

    @Override
    protected List<ChatModel> models() {
        return List.of(PUBLISHED.chatModel());
    }
}
