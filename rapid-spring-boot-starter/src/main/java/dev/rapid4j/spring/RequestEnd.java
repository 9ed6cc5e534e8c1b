package dev.rapid4j.spring;

import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidChatResponseMetadata;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.CancellationException;

/**
 * How a request ended: with an answer or an error. What it says about itself has few values, whatever clients ask for.
 *
 * @param turn when the engine began with it; null if it did not, or if that is not known
 * @param answer null if there is none
 * @param error null if there is an answer; a {@link CancellationException} if it was not wanted any more
 */
record RequestEnd(
        RapidChatRequestParameters parameters, Instant turn, RapidChatResponseMetadata answer, Throwable error) {

    static final String NONE = "none";
    static final String UNKNOWN = "unknown";

    /** {@code success}, {@code cancelled} or {@code error}. */
    String outcome() {
        if (error == null) {
            return "success";
        }
        return cancelled() ? "cancelled" : "error";
    }

    boolean cancelled() {
        return error instanceof CancellationException;
    }

    /** The kind of error. */
    String errorType() {
        return error == null || cancelled() ? NONE : error.getClass().getSimpleName();
    }

    /** How it was answered, or was to be. */
    String mode() {
        Mode mode = answer == null ? parameters.mode() : answer.mode();
        return (mode == null ? Mode.RAPID : mode).name().toLowerCase(Locale.ROOT);
    }

    /** Which model answered, or was to. */
    String model(RapidEngineLoader loader) {
        return answer == null ? loadedModel(loader) : answer.modelName();
    }

    /** Not the name that was asked for: that may be anything. */
    static String loadedModel(RapidEngineLoader loader) {
        return loader.state() instanceof EngineState.Ready ready
                ? ready.engine().modelName()
                : UNKNOWN;
    }
}
