package dev.rapid4j.suites;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelIT;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.model.output.TokenUsage;
import dev.rapid4j.RapidChatModel;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.RapidTokenUsage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;

class ChatModelIT extends AbstractChatModelIT {

    @RegisterExtension
    static final PublishedModel PUBLISHED = new PublishedModel();

    @RegisterExtension
    static final Beyond BEYOND = new Beyond(Map.ofEntries(
            Map.entry(
                    "should_execute_a_tool_then_answer_respecting_JSON_response_format_with_schema",
                    "calls again behind the result"),
            Map.entry("should_execute_a_tool_without_arguments_then_answer", "behind a result it calls again"),
            Map.entry("should_execute_a_tool_then_answer", "behind a result it calls again"),
            Map.entry("should_execute_multiple_tools_in_parallel_then_answer", "calls one of two tools")));

    @Override
    protected Class<? extends TokenUsage> tokenUsageType(ChatModel model) {
        return RapidTokenUsage.class;
    }

    @Override
    protected List<ChatModel> models() {
        return List.of(PUBLISHED.chatModel());
    }

    @Override
    protected ChatModel createModelWith(ChatRequestParameters parameters) {
        return RapidChatModel.builder()
                .engine(PUBLISHED.engine())
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
