package dev.rapid4j.samples.webchat.web;

import static java.util.Objects.requireNonNullElse;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.internal.decoding.SpeculationParameters;
import dev.rapid4j.samples.webchat.chat.AnswerSettings;
import org.springframework.beans.factory.ObjectProvider;

/** How answers are written where a question does not say: as the application's model does it. */
record AnswerDefaults(ObjectProvider<StreamingChatModel> model, int maxOutputTokens) {

    AnswerSettings settings() {
        RapidChatRequestParameters.Builder builder = RapidChatRequestParameters.builder();
        model.ifAvailable(available -> builder.overrideWith(available.defaultRequestParameters()));
        RapidChatRequestParameters parameters = builder.build();
        return new AnswerSettings(
                requireNonNullElse(parameters.mode(), Mode.RAPID),
                requireNonNullElse(parameters.margin(), SpeculationParameters.DEFAULT.margin()),
                requireNonNullElse(parameters.draftTokens(), SpeculationParameters.DEFAULT.draftTokens()),
                requireNonNullElse(parameters.temperature(), 0.0),
                Math.min(requireNonNullElse(parameters.maxOutputTokens(), maxOutputTokens), maxOutputTokens),
                parameters.seed());
    }
}
