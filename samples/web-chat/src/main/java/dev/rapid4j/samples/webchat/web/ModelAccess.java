package dev.rapid4j.samples.webchat.web;

import dev.langchain4j.model.TokenCountEstimator;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.samples.webchat.problem.Problem.Kind;
import dev.rapid4j.samples.webchat.problem.ProblemException;
import dev.rapid4j.spring.EngineState;
import dev.rapid4j.spring.RapidEngineLoader;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.springframework.beans.factory.ObjectProvider;

/** The model, if there is one. */
final class ModelAccess {

    private final ObjectProvider<RapidEngineLoader> loader;
    private final ObjectProvider<StreamingChatModel> model;

    ModelAccess(ObjectProvider<RapidEngineLoader> loader, ObjectProvider<StreamingChatModel> model) {
        this.loader = loader;
        this.model = model;
    }

    enum State {
        LOADING,
        READY,
        FAILED,
        UNCONFIGURED
    }

    /**
     * Whether there is a model.
     *
     * @param reason why there is none, and what to do; null if there is one
     * @param engine null unless ready
     */
    record Availability(State state, String reason, RapidEngine engine) {}

    Availability availability() {
        return Optional.ofNullable(loader.getIfAvailable())
                .map(ModelAccess::availability)
                .orElseGet(() -> new Availability(
                        State.UNCONFIGURED,
                        "No model is configured. Set langchain4j.rapid.target to a folder, a GGUF file, or a model of"
                                + " the Hugging Face hub or of Ollama's, and start the server again.",
                        null));
    }

    private static Availability availability(RapidEngineLoader loader) {
        EngineState state = loader.state();
        if (state instanceof EngineState.Ready ready) {
            return new Availability(State.READY, null, ready.engine());
        } else if (state instanceof EngineState.Failed failed) {
            return new Availability(State.FAILED, failed.reason().getMessage(), null);
        } else if (state instanceof EngineState.Closed) {
            return new Availability(State.FAILED, "The server is shutting down.", null);
        } else if (state instanceof EngineState.Waiting) {
            // who asks will need it soon
            CompletableFuture.runAsync(loader::engine);
        }
        return new Availability(State.LOADING, "The model is being loaded. Try again in a moment.", null);
    }

    /** @throws ProblemException while there is no model */
    StreamingChatModel streamingChatModel() {
        engine();
        return model.getObject();
    }

    /** @throws ProblemException while there is no model */
    TokenCountEstimator tokenCountEstimator() {
        return engine().tokenCountEstimator();
    }

    /** @throws ProblemException while there is no model */
    RapidEngine engine() {
        Availability availability = availability();
        if (availability.engine() == null) {
            throw new ProblemException(
                    Kind.UNAVAILABLE,
                    availability.state() == State.LOADING ? "The model is not loaded yet" : "There is no model",
                    availability.reason());
        }
        return availability.engine();
    }
}
