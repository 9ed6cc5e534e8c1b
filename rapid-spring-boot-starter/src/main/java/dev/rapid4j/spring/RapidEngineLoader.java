package dev.rapid4j.spring;

import dev.rapid4j.RapidEngine;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Loads the engine of the application once, when {@code langchain4j.rapid.load} says, and closes it with the
 * application context.
 */
public final class RapidEngineLoader implements AutoCloseable {

    private final Deferred<RapidEngine> engine;
    private final boolean owned;

    private RapidEngineLoader(Deferred<RapidEngine> engine, boolean owned) {
        this.engine = engine;
        this.owned = owned;
    }

    /** @throws RapidUnavailableException if the engine could not be loaded, and the mode is {@link LoadMode#EAGER} */
    static RapidEngineLoader loading(
            LoadMode mode, Supplier<RapidEngine> load, Function<Throwable, RapidUnavailableException> explain) {
        return new RapidEngineLoader(Deferred.of("the engine", mode, load, explain), true);
    }

    /** A loader of an engine that the application has made, and closes. */
    static RapidEngineLoader given(RapidEngine engine) {
        return new RapidEngineLoader(Deferred.loaded("the engine", engine), false);
    }

    /** How far loading has come; may be asked at any time. */
    public EngineState state() {
        if (engine.closed()) {
            return new EngineState.Closed();
        }
        Optional<RapidEngine> loaded = engine.loaded();
        if (loaded.isPresent()) {
            return new EngineState.Ready(loaded.get(), owned ? engine.loadingTime() : Duration.ZERO);
        }
        Optional<RapidUnavailableException> failure = engine.failure();
        if (failure.isPresent()) {
            return new EngineState.Failed(failure.get());
        }
        Optional<Instant> started = engine.started();
        return started.isPresent() ? new EngineState.Loading(started.get()) : new EngineState.Waiting();
    }

    /**
     * The engine; waits until it is loaded, and has it loaded if nobody needed it before.
     *
     * @throws RapidUnavailableException if it could not be loaded, or the application context is closed
     * @throws dev.langchain4j.exception.LangChain4jException if the thread is interrupted, which it then still is
     */
    public RapidEngine engine() {
        return engine.get();
    }

    /**
     * As {@link #engine()}, within the timeout of a request.
     *
     * @param timeout {@code null} if it has none
     * @throws dev.langchain4j.exception.TimeoutException if it takes longer
     */
    RapidEngine engine(Duration timeout) {
        return engine.get(timeout);
    }

    /** Closes the engine that has been loaded; one that is being loaded, as soon as it has been. */
    @Override
    public void close() {
        if (owned) {
            engine.close();
        }
    }
}
