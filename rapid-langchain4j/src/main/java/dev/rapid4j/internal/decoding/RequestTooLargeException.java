package dev.rapid4j.internal.decoding;

/** A prompt with its answer does not fit the context window or the memory. Nothing has been computed. */
public class RequestTooLargeException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public RequestTooLargeException(String message) {
        super(message);
    }
}
