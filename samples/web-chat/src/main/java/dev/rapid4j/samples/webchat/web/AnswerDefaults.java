package dev.rapid4j.samples.webchat.web;

import static java.util.Objects.requireNonNullElse;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.samples.webchat.chat.AnswerSettings;
import org.springframework.beans.factory.ObjectProvider;

/**
 * How answers are written where a question does not say: as the application's model does it, but in a mode that needs
 * no passages where there is nothing to find them with.
 */
record AnswerDefaults(
        ObjectProvider<StreamingChatModel> model, ObjectProvider<EmbeddingModel> embeddingModel, int maxOutputTokens) {

    AnswerSettings settings() {
        RapidChatRequestParameters.Builder builder =
                RapidChatRequestParameters.builder().overrideWith(RapidChatRequestParameters.DEFAULT);
        model.ifAvailable(available -> builder.overrideWith(available.defaultRequestParameters()));
        RapidChatRequestParameters parameters = builder.build();
        return new AnswerSettings(
                parameters.mode().retrieves() && embeddingModel.getIfAvailable() == null
                        ? Mode.LONG_CONTEXT
                        : parameters.mode(),
                parameters.margin(),
                parameters.draftTokens(),
                parameters.temperature(),
                Math.min(requireNonNullElse(parameters.maxOutputTokens(), maxOutputTokens), maxOutputTokens),
                parameters.seed());
    }
}
