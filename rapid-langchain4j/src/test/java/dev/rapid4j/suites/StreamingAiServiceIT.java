package dev.rapid4j.suites;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.service.common.AbstractStreamingAiServiceIT;
import dev.rapid4j.RapidChatResponseMetadata;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class StreamingAiServiceIT extends AbstractStreamingAiServiceIT {

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
    protected List<StreamingChatModel> models() {
        return List.of(published.streamingChatModel());
    }

    @Override
    protected Class<? extends ChatResponseMetadata> chatResponseMetadataType(StreamingChatModel model) {
        return RapidChatResponseMetadata.class;
    }
}
