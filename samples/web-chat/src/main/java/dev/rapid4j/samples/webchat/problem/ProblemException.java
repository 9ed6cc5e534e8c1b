package dev.rapid4j.samples.webchat.problem;

import dev.rapid4j.samples.webchat.problem.Problem.Kind;

/** Refuses a request. */
public final class ProblemException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final transient Problem problem;

    public ProblemException(Kind kind, String title, String detail) {
        this(new Problem(kind, title, detail));
    }

    public ProblemException(Problem problem) {
        super(problem.title() + ": " + problem.detail());
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }
}
