package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.spring.EngineState;
import dev.rapid4j.spring.RapidEngineLoader;
import java.time.Duration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** The one model there is, if it can be had. */
@Component
class ServedModel {

    private static final Duration LOADING = Duration.ofSeconds(2);

    /** It takes a person to change that. */
    private static final Duration FAILED = Duration.ofMinutes(1);

    private final ObjectProvider<RapidEngineLoader> loader;
    private final ObjectProvider<StreamingChatModel> model;

    ServedModel(ObjectProvider<RapidEngineLoader> loader, ObjectProvider<StreamingChatModel> model) {
        this.loader = loader;
        this.model = model;
    }

    /**
     * The loaded engine. If nobody has needed it yet, has it loaded and waits for it.
     *
     * @throws OpenAiException if there is none, or not yet
     */
    RapidEngine engine() {
        RapidEngineLoader available = loader.getIfAvailable();
        if (available == null) {
            throw OpenAiException.unavailable(
                    "No model is configured: set langchain4j.rapid.target to a checkpoint's folder or hub id", FAILED);
        }
        EngineState state = available.state();
        if (state instanceof EngineState.Loading) {
            throw OpenAiException.unavailable("The model is being loaded; try again soon", LOADING);
        }
        if (state instanceof EngineState.Failed failed) {
            throw OpenAiException.unavailable(failed.reason().getMessage(), FAILED);
        }
        return available.engine();
    }

    /** To be asked for after {@link #engine()}. */
    StreamingChatModel streaming() {
        return model.getObject();
    }
}
