package dev.rapid4j.suites;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.model.output.TokenUsage;
import dev.langchain4j.service.common.AbstractStreamingAiServiceIT;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.RapidTokenUsage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;

class StreamingAiServiceIT extends AbstractStreamingAiServiceIT {

    @RegisterExtension
    static final PublishedModel PUBLISHED = new PublishedModel();

    @RegisterExtension
    static final Beyond BEYOND = new Beyond(
            Map.ofEntries(Map.entry("should_execute_tool_without_arguments", "behind a result it calls again")));

    @Override
    protected Class<? extends TokenUsage> tokenUsageType(StreamingChatModel model) {
        return RapidTokenUsage.class;
    }

    @Override
    protected List<StreamingChatModel> models() {
        return List.of(PUBLISHED.streamingChatModel());
    }

    @Override
    protected Class<? extends ChatResponseMetadata> chatResponseMetadataType(StreamingChatModel model) {
        return RapidChatResponseMetadata.class;
    }
}
