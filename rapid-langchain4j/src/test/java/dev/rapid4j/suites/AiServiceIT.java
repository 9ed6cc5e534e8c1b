package dev.rapid4j.suites;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.common.AbstractAiServiceIT;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class AiServiceIT extends AbstractAiServiceIT {

    private PublishedModel published;

    @BeforeAll
    void load() {
        published = new PublishedModel();
    }

    @AfterAll
    void close() {
        if (published != null) {
            published.close();
        }
    }

    @Override
    protected List<ChatModel> models() {
        return List.of(published.chatModel());
    }
}
