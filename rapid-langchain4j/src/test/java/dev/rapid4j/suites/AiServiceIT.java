package dev.rapid4j.suites;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.output.TokenUsage;
import dev.langchain4j.service.common.AbstractAiServiceIT;
import dev.rapid4j.RapidTokenUsage;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;

class AiServiceIT extends AbstractAiServiceIT {

    @RegisterExtension
    static final PublishedModel PUBLISHED = new PublishedModel();

    @Override
    protected Class<? extends TokenUsage> tokenUsageType(ChatModel model) {
        return RapidTokenUsage.class;
    }

    @Override
    protected List<ChatModel> models() {
        return List.of(PUBLISHED.chatModel());
    }
}
