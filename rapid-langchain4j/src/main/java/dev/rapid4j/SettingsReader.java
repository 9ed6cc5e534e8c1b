package dev.rapid4j;

import static dev.langchain4j.internal.Utils.getOrDefault;

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
            throw new UnsupportedFeatureException("modelName '" + parameters.modelName()
                    + "' is not supported: this engine has loaded '" + modelName
                    + "'; build another engine for another model");
        }
        RapidChatRequestParameters rapid =
                RapidChatRequestParameters.builder().overrideWith(parameters).build();
        SpeculationParameters speculation = SpeculationParameters.DEFAULT;
        return new RequestSettings(
                getOrDefault(rapid.mode(), Mode.RAPID),
                new SamplingParameters(
                        getOrDefault(rapid.temperature(), 0.0),
                        getOrDefault(rapid.topP(), 1.0),
                        getOrDefault(rapid.topK(), 0),
                        getOrDefault(rapid.frequencyPenalty(), 0.0),
                        getOrDefault(rapid.presencePenalty(), 0.0)),
                new SpeculationParameters(
                        getOrDefault(rapid.margin(), speculation.margin()),
                        getOrDefault(rapid.draftTokens(), speculation.draftTokens()),
                        getOrDefault(rapid.confidenceThreshold(), speculation.confidenceThreshold()),
                        getOrDefault(rapid.plausibility(), speculation.plausibility())),
                Optional.ofNullable(rapid.passages()),
                Optional.ofNullable(rapid.maxOutputTokens()),
                rapid.stopSequences(),
                Optional.ofNullable(rapid.seed()),
                Optional.ofNullable(rapid.progressListener()));
    }
}
