package dev.rapid4j.suites;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.model.output.TokenUsage;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.RapidStreamingChatModel;
import dev.rapid4j.RapidTokenUsage;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;

class StreamingChatModelIT extends AbstractStreamingChatModelIT {

    @RegisterExtension
    static final PublishedModel PUBLISHED = new PublishedModel();

    @RegisterExtension
    static final Beyond BEYOND = ChatModelIT.BEYOND;

    @Override
    protected Class<? extends TokenUsage> tokenUsageType(StreamingChatModel model) {
        return RapidTokenUsage.class;
    }

    @Override
    protected List<StreamingChatModel> models() {
        return List.of(PUBLISHED.streamingChatModel());
    }

    @Override
    protected StreamingChatModel createModelWith(ChatRequestParameters parameters) {
        return RapidStreamingChatModel.builder()
                .engine(PUBLISHED.engine())
                .defaultRequestParameters(PublishedModel.PARAMETERS.overrideWith(parameters))
                .build();
    }

    @Override
    public StreamingChatModel createModelWith(ChatModelListener listener) {
        return RapidStreamingChatModel.builder()
                .engine(PUBLISHED.engine())
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
