package dev.rapid4j.suites;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelIT;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.rapid4j.RapidChatModel;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidChatResponseMetadata;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class ChatModelIT extends AbstractChatModelIT {

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
    protected ChatModel createModelWith(ChatRequestParameters parameters) {
        return RapidChatModel.builder()
                .engine(published.engine())
                .defaultRequestParameters(PublishedModel.PARAMETERS.overrideWith(parameters))
                .build();
    }

    @Override
    protected ChatRequestParameters createIntegrationSpecificParameters(int maxOutputTokens) {
        return RapidChatRequestParameters.builder()
                .maxOutputTokens(maxOutputTokens)
                .build();
    }

    @Override
    protected Class<? extends ChatResponseMetadata> chatResponseMetadataType(ChatModel model) {
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
