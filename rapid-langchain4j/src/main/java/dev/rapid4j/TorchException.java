package dev.rapid4j;

/** The engine could not be started, or refused a call. The message is the operator's own. */
public class TorchException extends RuntimeException {

    private static final long serialVersionUID = 2L;

    private final Problem problem;

    /** What kind of thing is wrong, for those who have more to say about it. */
    public enum Problem {
        /** The engine does not start, memory does not suffice, or an operator failed. */
        FAILED,
        /** A network's results are infinite or no numbers. */
        NOT_FINITE
    }

    /** {@link Problem#FAILED}. */
    public TorchException(String message) {
        this(message, null);
    }

    /** {@link Problem#FAILED}. */
    public TorchException(String message, Throwable cause) {
        this(Problem.FAILED, message, cause);
    }

    public TorchException(Problem problem, String message, Throwable cause) {
        super(message, cause);
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }
}
