package dev.rapid4j.samples.evaluation.spark;

import java.io.Serializable;

/** What became of a question on an executor. */
sealed interface Outcome extends Serializable {

    /** @param answer as {@link dev.rapid4j.samples.evaluation.runs.RunJson} writes it */
    record Answered(String answer) implements Outcome {}

    /**
     * There is no answer; the next start asks again.
     *
     * @param reason one line
     */
    record Refused(String id, String reason) implements Outcome {}

    /**
     * The engine cannot be loaded.
     *
     * @param reason one line
     */
    record Unusable(String reason) implements Outcome {}
}
