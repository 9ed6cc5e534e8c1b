package dev.rapid4j;

import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.internal.ChatRequestValidationUtils;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
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
        ChatRequestValidationUtils.validate(parameters.toolChoice());
        ChatRequestValidationUtils.validate(parameters.toolSpecifications());
        ChatRequestValidationUtils.validate(parameters.responseFormat());
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
                Optional.ofNullable(rapid.progressListener()));
    }
}
