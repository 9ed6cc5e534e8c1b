package dev.rapid4j.chattemplate;

/**
 * A chat template cannot be read, cannot be rendered within its bounds, or refuses the conversation by itself, as many
 * do when roles do not alternate. The message names the line of the template and what is wrong there.
 */
public class ChatTemplateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int line;

    /** @param line the line of the template, from 1; 0 if there is none to name */
    public ChatTemplateException(String message, int line) {
        super(message);
        this.line = line;
    }

    ChatTemplateException(String what, TemplateError error) {
        super(what + (error.line() > 0 ? " (line " + error.line() + ")" : "") + ": " + error.getMessage(), error);
        this.line = error.line();
    }

    /** The line of the template, from 1; 0 if there is none to name. */
    public int line() {
        return line;
    }
}
