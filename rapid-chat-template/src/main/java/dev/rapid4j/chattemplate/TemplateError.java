package dev.rapid4j.chattemplate;

/** What is wrong with a template, or what the template itself refuses; callers see {@link ChatTemplateException}. */
final class TemplateError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int line;

    TemplateError(String message) {
        this(0, message);
    }

    TemplateError(int line, String message) {
        super(message);
        this.line = line;
    }

    /** The line of the template, from 1; 0 if unknown. */
    int line() {
        return line;
    }

    TemplateError at(int knownLine) {
        return line > 0 ? this : new TemplateError(knownLine, getMessage());
    }
}
