package dev.rapid4j;

import java.io.Serial;

/** A checkpoint that cannot be used. The message names the file, the value and what to do about it. */
public class CheckpointException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1;

    private final Problem problem;

    /** What kind of thing is wrong, for those who have more to say about it. */
    public enum Problem {
        /** The files are damaged or incomplete, or describe something that is not supported. */
        UNUSABLE,
        /** There is no such folder, and no such model on the hub for whoever asks. */
        NOT_FOUND,
        /** The hub cannot be reached, or fails. */
        UNREACHABLE,
        /** It would have to be downloaded, and that is forbidden. */
        OFFLINE,
        /** It cannot be stored: the disk is full, or the folder cannot be written. */
        NOT_STORED
    }

    /** {@link Problem#UNUSABLE}. */
    public CheckpointException(String message) {
        this(Problem.UNUSABLE, message, null);
    }

    /** {@link Problem#UNUSABLE}. */
    public CheckpointException(String message, Throwable cause) {
        this(Problem.UNUSABLE, message, cause);
    }

    public CheckpointException(Problem problem, String message, Throwable cause) {
        super(message, cause);
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }
}
