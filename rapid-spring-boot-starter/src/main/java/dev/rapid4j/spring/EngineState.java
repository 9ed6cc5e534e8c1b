package dev.rapid4j.spring;

import dev.rapid4j.RapidEngine;
import java.time.Duration;
import java.time.Instant;

/** How far {@link RapidEngineLoader} has come. */
public sealed interface EngineState {

    /** Nobody has needed the engine yet, and it is loaded when somebody does. */
    record Waiting() implements EngineState {}

    /** It is being loaded, which includes a download if there is something to download. */
    record Loading(Instant since) implements EngineState {}

    /**
     * It answers requests.
     *
     * @param loadingTime what loading took, a download included; zero if the application has made the engine
     */
    record Ready(RapidEngine engine, Duration loadingTime) implements EngineState {}

    /** It could not be loaded; requests are refused for this reason. */
    record Failed(RapidUnavailableException reason) implements EngineState {}

    /** The application context is closed. */
    record Closed() implements EngineState {}
}
