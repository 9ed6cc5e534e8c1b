package dev.rapid4j.samples.webchat.problem;

/**
 * What went wrong, in words for the user.
 *
 * @param title what happened
 * @param detail why, and what to do
 */
public record Problem(Kind kind, String title, String detail) {

    /** Who can do something about it, and what. */
    public enum Kind {
        /** Nothing goes by that id, or not any more. */
        UNKNOWN,
        /** Something else has to end first. */
        CONFLICT,
        /** It cannot be done as it was asked for. */
        INVALID,
        /** It is larger than allowed. */
        TOO_LARGE,
        /** It is of a kind that cannot be read. */
        UNSUPPORTED,
        /** There is no room for more at the moment. */
        TOO_MANY,
        /** There is no model to ask, at the moment. */
        UNAVAILABLE,
        /** The application is at fault. */
        FAILED
    }
}
