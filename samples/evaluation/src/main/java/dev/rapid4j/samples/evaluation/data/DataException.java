package dev.rapid4j.samples.evaluation.data;

/** A file of tasks that cannot be read (further). The message quotes nothing of what is in it. */
public final class DataException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    DataException(String message) {
        super(message);
    }

    DataException(String message, Throwable cause) {
        super(message, cause);
    }
}
