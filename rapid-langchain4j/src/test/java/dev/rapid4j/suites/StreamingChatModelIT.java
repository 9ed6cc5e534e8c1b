package dev.rapid4j.suites;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.RapidStreamingChatModel;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class StreamingChatModelIT extends AbstractStreamingChatModelIT {

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
    protected StreamingChatModel createModelWith(ChatRequestParameters parameters) {
        return RapidStreamingChatModel.builder()
                .engine(published.engine())
                .defaultRequestParameters(PublishedModel.PARAMETERS.overrideWith(parameters))
                .build();
    }

    @Override
    public StreamingChatModel createModelWith(ChatModelListener listener) {
        return RapidStreamingChatModel.builder()
                .engine(published.engine())
                .defaultRequestParameters(PublishedModel.PARAMETERS)
                .listeners(List.of(listener))
                .build();
    }

    @Override
    protected ChatRequestParameters createIntegrationSpecificParameters(int maxOutputTokens) {
        return RapidChatRequestParameters.builder()
                .maxOutputTokens(maxOutputTokens)
                .build();
    }

    @Override
    protected Class<? extends ChatResponseMetadata> chatResponseMetadataType(StreamingChatModel model) {
        return RapidChatResponseMetadata.class;
    }

    /** One engine has loaded one model, so there is nothing to choose between. */
    @Override
    protected boolean supportsModelNameParameter() {
        return false;
    }

    @Override
    protected boolean supportsSingleImageInputAsBase64EncodedString() {
        return false;
    }

    @Override
    protected boolean supportsSingleImageInputAsPublicURL() {
        return false;
    }
}
