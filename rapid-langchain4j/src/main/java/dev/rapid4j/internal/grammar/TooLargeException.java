package dev.rapid4j.internal.grammar;

/** What has to be written down to hold texts to a form would be too large; the message goes on after "…: ". */
final class TooLargeException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TooLargeException(String message) {
        super(message);
    }
}
