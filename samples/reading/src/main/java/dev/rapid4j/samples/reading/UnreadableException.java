package dev.rapid4j.samples.reading;

/** A file has no text that can be read; the message is for the user. */
public final class UnreadableException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final Reason reason;
    private final String title;
    private final String detail;

    /** Of which kind the reason is. */
    public enum Reason {
        /** There is no text, or it is damaged or locked. */
        NO_TEXT,
        /** There is more text than may be read. */
        TOO_LARGE,
        /** It is of a kind that cannot be read. */
        UNSUPPORTED,
        /** Whoever read it was told to end. */
        INTERRUPTED
    }

    /**
     * @param title what happened
     * @param detail why, and what to do
     */
    UnreadableException(Reason reason, String title, String detail) {
        super(title + ": " + detail);
        this.reason = reason;
        this.title = title;
        this.detail = detail;
    }

    public Reason reason() {
        return reason;
    }

    /** What happened. */
    public String title() {
        return title;
    }

    /** Why, and what to do. */
    public String detail() {
        return detail;
    }
}
