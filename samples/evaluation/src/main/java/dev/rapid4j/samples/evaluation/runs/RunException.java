package dev.rapid4j.samples.evaluation.runs;

/** The folder of a run cannot be used; the message says why, and what to do. */
public final class RunException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public RunException(String message) {
        super(message);
    }

    public RunException(String message, Throwable cause) {
        super(message, cause);
    }
}
