package dev.rapid4j.suites;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.common.AbstractAiServiceWithJsonSchemaIT;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class AiServiceWithJsonSchemaIT extends AbstractAiServiceWithJsonSchemaIT {

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
