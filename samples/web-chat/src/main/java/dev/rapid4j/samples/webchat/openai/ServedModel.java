package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.model.chat.StreamingChatModel;
import java.time.Duration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** The one model there is. */
@Component
class ServedModel {

    private static final Duration LOADING = Duration.ofSeconds(5);

    private final ObjectProvider<StreamingChatModel> model;

    ServedModel(ObjectProvider<StreamingChatModel> model) {
        this.model = model;
    }

    /** @throws OpenAiException if there is none, or not yet */
    StreamingChatModel get() {
        StreamingChatModel available = model.getIfAvailable();
        if (available == null) {
            throw OpenAiException.unavailable(
                    "No model is configured: set langchain4j.rapid.target to a checkpoint's folder or hub id", LOADING);
        }
        return available;
    }

    /** @throws OpenAiException if there is no model */
    String name() {
        return get().defaultRequestParameters().modelName();
    }
}
