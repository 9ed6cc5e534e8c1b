package dev.rapid4j.samples.evaluation.data;

/** A record that cannot become a task; the message says why and quotes nothing of it. */
final class InvalidRecordException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    InvalidRecordException(String message) {
        super(message);
    }
}
