package dev.rapid4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelIT;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.model.output.TokenUsage;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RapidChatModelIT extends AbstractChatModelIT {

    private RapidEngine engine;

    @BeforeAll
    void load() {
        engine = RapidEngine.builder()
                .target(LighthouseModel.directory())
                .modelName("lighthouse")
                .build();
    }

    @AfterAll
    void close() {
        engine.close();
    }

    @Override
    protected List<ChatModel> models() {
        return List.of(RapidChatModel.builder().engine(engine).build());
    }

    @Override
    protected ChatModel createModelWith(ChatRequestParameters parameters) {
        return RapidChatModel.builder()
                .engine(engine)
                .defaultRequestParameters(parameters)
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

    @Override
    protected Class<? extends TokenUsage> tokenUsageType(ChatModel model) {
        return RapidTokenUsage.class;
    }

    // Off because they need general knowledge; RapidChatModelTest tests the same with questions the model understands.

    @Override
    @Disabled("needs general knowledge: the capital of Germany")
    @ParameterizedTest
    @MethodSource("models")
    protected void should_respect_user_message(ChatModel model) {}

    @Override
    @Disabled("needs general knowledge: German")
    @ParameterizedTest
    @MethodSource("models")
    protected void should_respect_system_message(ChatModel model) {}

    @Override
    @Disabled(
            "needs general understanding: what a favorite color is; that earlier turns stand in the prompt is tested in"
                    + " ConversationPromptTest")
    @ParameterizedTest
    @MethodSource("models")
    protected void should_respect_multiple_messages(ChatModel model) {}

    @Override
    @Disabled("needs general understanding: to say what it is told to say")
    @ParameterizedTest
    @MethodSource("models")
    protected void should_respect_stopSequences_in_chat_request(ChatModel model) {}

    @Override
    @Disabled("needs general understanding: to say what it is told to say")
    @Test
    protected void should_respect_stopSequences_in_default_model_parameters() {}

    /** One engine has loaded one model, so there is nothing to choose between. */
    @Override
    protected boolean supportsModelNameParameter() {
        return false;
    }

    // tools and JSON need a model that understands what it is asked; ToolsAndJsonTest has their form

    @Override
    @Disabled("not refused: the engine supports it, but this model would not understand")
    @ParameterizedTest
    @MethodSource("models")
    protected void should_fail_if_tools_are_not_supported(ChatModel model) {}

    @Override
    @Disabled("not refused: the engine supports it, but this model would not understand")
    @ParameterizedTest
    @MethodSource("models")
    protected void should_fail_if_tool_choice_REQUIRED_is_not_supported(ChatModel model) {}

    @Override
    @Disabled("not refused: the engine supports it, but this model would not understand")
    @ParameterizedTest
    @MethodSource("models")
    protected void should_fail_if_JSON_response_format_is_not_supported(ChatModel model) {}

    @Override
    @Disabled("not refused: the engine supports it, but this model would not understand")
    @ParameterizedTest
    @MethodSource("models")
    protected void should_fail_if_JSON_response_format_with_schema_is_not_supported(ChatModel model) {}

    @Override
    protected boolean supportsTools() {
        return false;
    }

    @Override
    protected boolean supportsToolChoiceRequired() {
        return false;
    }

    @Override
    protected boolean supportsJsonResponseFormat() {
        return false;
    }

    @Override
    protected boolean supportsJsonResponseFormatWithSchema() {
        return false;
    }

    @Override
    protected boolean supportsJsonResponseFormatWithRawSchema() {
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
