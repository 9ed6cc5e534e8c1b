package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.spring.EngineState;
import dev.rapid4j.spring.RapidEngineLoader;
import java.time.Duration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** The one model there is, if it can be had. */
@Component
class ServedModel {

    private static final Duration LOADING = Duration.ofSeconds(2);

    /** It takes a person to change that. */
    private static final Duration FAILED = Duration.ofMinutes(1);

    private final ObjectProvider<RapidEngineLoader> loader;
    private final ObjectProvider<StreamingChatModel> model;
    private volatile Duration lastAnswer = Duration.ZERO;

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

    /**
     * {@link #engine()}, if it goes by a name.
     *
     * @throws OpenAiException if it does not
     */
    RapidEngine engine(String name) {
        RapidEngine engine = engine();
        check(name, engine.modelName());
        return engine;
    }

    /** @throws OpenAiException if a name is not the one that there is */
    static void check(String given, String name) {
        if (given == null || given.isEmpty()) {
            throw OpenAiException.invalid("model", null, "model is missing; it is '" + name + "' here");
        }
        if (!given.equals(name)) {
            throw unknown(given, name);
        }
    }

    static OpenAiException unknown(String given, String name) {
        return OpenAiException.invalid(
                HttpStatus.NOT_FOUND,
                "model",
                "model_not_found",
                "The model '" + Json.abbreviated(given) + "' does not exist here; there is '" + name + "'");
    }

    /** How long the engine worked on an answer: after as long, a full queue is likely to have a place again. */
    Duration lastAnswer() {
        return lastAnswer;
    }

    void remember(ChatResponse response) {
        if (response.metadata() instanceof RapidChatResponseMetadata metadata) {
            GenerationStatistics statistics = metadata.statistics();
            lastAnswer = statistics.retrieval().plus(statistics.prefill()).plus(statistics.decoding());
        }
    }

    /** To be asked for after {@link #engine()}. */
    StreamingChatModel streaming() {
        return model.getObject();
    }
}
