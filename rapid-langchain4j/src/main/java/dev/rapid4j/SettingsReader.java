package dev.rapid4j;

import static dev.langchain4j.internal.Utils.getOrDefault;

import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.rapid4j.internal.answer.AnswerOptions;
import dev.rapid4j.internal.decoding.SamplingParameters;
import dev.rapid4j.internal.decoding.SpeculationParameters;
import dev.rapid4j.internal.engine.RequestSettings;
import java.util.Optional;

/** From LangChain4j's parameters to the engine's settings. */
final class SettingsReader {

    private SettingsReader() {}

    /**
     * @throws UnsupportedFeatureException if something is asked for that the engine cannot do
     * @throws IllegalArgumentException if a value is out of range
     */
    static RequestSettings read(ChatRequestParameters parameters, String modelName) {
        if (parameters.modelName() != null && !parameters.modelName().equals(modelName)) {
            throw new UnsupportedFeatureException(
                    "modelName '%s' is not supported: this engine has loaded '%s'; build another engine for another model, or let this one go by that name, with modelName(\"%s\") where it is built"
                            .formatted(parameters.modelName(), modelName, parameters.modelName()));
        }
        RapidChatRequestParameters rapid = RapidChatRequestParameters.DEFAULT.overrideWith(parameters);
        return new RequestSettings(
                rapid.mode(),
                new SamplingParameters(
                        rapid.temperature(),
                        rapid.topP(),
                        rapid.topK(),
                        rapid.frequencyPenalty(),
                        rapid.presencePenalty()),
                new SpeculationParameters(
                        rapid.margin(), rapid.draftTokens(), rapid.confidenceThreshold(), rapid.plausibility()),
                rapid.learnEveryToken(),
                Optional.ofNullable(rapid.lookupDrafting()),
                rapid.draftContext(),
                Optional.ofNullable(rapid.passages()),
                Optional.ofNullable(rapid.maxOutputTokens()),
                rapid.stopSequences(),
                Optional.ofNullable(rapid.seed()),
                new AnswerOptions(
                        rapid.toolSpecifications(),
                        getOrDefault(rapid.toolChoice(), ToolChoice.AUTO),
                        getOrDefault(rapid.responseFormat(), ResponseFormat.TEXT),
                        rapid.strictJsonSchema(),
                        Optional.ofNullable(rapid.thinking()),
                        Optional.ofNullable(rapid.maxThinkingTokens())),
                rapid.returnThinking(),
                rapid.sendThinking(),
                Optional.ofNullable(rapid.progressListener()));
    }
}
