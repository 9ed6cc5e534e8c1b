package dev.rapid4j.spring;

import dev.langchain4j.exception.NonRetriableException;
import java.io.Serial;

/** A model cannot answer, because it could not be loaded or the application context is closed. */
public final class RapidUnavailableException extends NonRetriableException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final String description;
    private final String action;

    RapidUnavailableException(String description, String action, Throwable cause) {
        super(description + (action.isEmpty() ? "" : " " + action), cause);
        this.description = description;
        this.action = action;
    }

    /** The same for one more caller, with a stack trace of its own. */
    RapidUnavailableException again() {
        return new RapidUnavailableException(description, action, this);
    }

    /** What is wrong. */
    public String description() {
        return description;
    }

    /** What to do about it, by the names of the properties; empty if there is nothing to do. */
    public String action() {
        return action;
    }
}
