package dev.rapid4j.samples.evaluation.scores;

/**
 * How many answers to questions with four options were right.
 *
 * @param questions those with and without a choice
 * @param right answers
 * @param withoutChoice questions to which the response names no option
 */
public record Accuracy(long questions, long right, long withoutChoice) {

    /** What guessing would give. */
    private static final double COMPENSATION = 0.25;

    public static final Accuracy NONE = new Accuracy(0, 0, 0);

    public Accuracy {
        if (right < 0 || withoutChoice < 0 || right + withoutChoice > questions) {
            throw new IllegalArgumentException(
                    "%d right and %d without a choice of %d questions".formatted(right, withoutChoice, questions));
        }
    }

    /** Share of right answers, 0 to 1; NaN if there are no questions. */
    public double share() {
        return (double) right / questions;
    }

    /** The same, where a question without a choice counts as a quarter of a right one. */
    public double compensatedShare() {
        return (right + COMPENSATION * withoutChoice) / questions;
    }

    public Accuracy plus(Accuracy other) {
        return new Accuracy(questions + other.questions, right + other.right, withoutChoice + other.withoutChoice);
    }
}
