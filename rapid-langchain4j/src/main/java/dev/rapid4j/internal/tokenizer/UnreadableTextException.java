package dev.rapid4j.internal.tokenizer;

/** A text that cannot be made tokens within bounds of time and memory; the message says which part of it, and why. */
public final class UnreadableTextException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    UnreadableTextException(String message) {
        super(message);
    }
}
