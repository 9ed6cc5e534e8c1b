package dev.rapid4j;

import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.internal.ChatRequestValidationUtils;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.rapid4j.internal.decoding.SamplingParameters;
import dev.rapid4j.internal.decoding.SpeculationParameters;
import java.util.List;
import java.util.Optional;

/** A request's parameters, checked and with the defaults in place. */
record RequestSettings(
        Mode mode,
        SamplingParameters sampling,
        SpeculationParameters speculation,
        Optional<Integer> passages,
        Optional<Integer> maxOutputTokens,
        List<String> stopSequences,
        Optional<Integer> seed,
        Optional<ProgressListener> progressListener) {

    /**
     * @throws UnsupportedFeatureException if something is asked for that the engine cannot do
     * @throws IllegalArgumentException if a value is out of range
     */
    static RequestSettings of(ChatRequestParameters parameters, String modelName) {
        ChatRequestValidationUtils.validate(parameters.toolChoice());
        ChatRequestValidationUtils.validate(parameters.toolSpecifications());
        ChatRequestValidationUtils.validate(parameters.responseFormat());
        if (parameters.modelName() != null && !parameters.modelName().equals(modelName)) {
            throw new UnsupportedFeatureException("modelName '" + parameters.modelName()
                    + "' is not supported: this engine has loaded '" + modelName
                    + "'; build another engine for another model");
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
                atLeastOne("passages", rapid.passages()),
                atLeastOne("maxOutputTokens", rapid.maxOutputTokens()),
                nonEmpty(rapid.stopSequences()),
                Optional.ofNullable(rapid.seed()),
                Optional.ofNullable(rapid.progressListener()));
    }

    private static Optional<Integer> atLeastOne(String name, Integer value) {
        if (value != null && value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, but is " + value);
        }
        return Optional.ofNullable(value);
    }

    private static List<String> nonEmpty(List<String> stopSequences) {
        for (String stopSequence : stopSequences) {
            if (stopSequence == null || stopSequence.isEmpty()) {
                throw new IllegalArgumentException("stopSequences must not hold an empty text");
            }
        }
        return List.copyOf(stopSequences);
    }
}
