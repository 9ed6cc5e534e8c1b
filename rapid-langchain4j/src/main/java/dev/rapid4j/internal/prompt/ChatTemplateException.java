package dev.rapid4j.internal.prompt;

/** A chat template cannot be read, does not fit the conversation, or refuses it. */
public class ChatTemplateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ChatTemplateException(String message, Throwable cause) {
        super(message, cause);
    }
}
