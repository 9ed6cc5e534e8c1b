package dev.rapid4j.internal.grammar;

/** A JSON schema that no answer can be held to; the message names the place in the schema and the keyword. */
public final class UnsupportedSchemaException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    UnsupportedSchemaException(String message) {
        super(message);
    }
}
