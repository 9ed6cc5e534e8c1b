package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.samples.evaluation.data.FactsTask;
import dev.rapid4j.samples.evaluation.data.LongBenchTask;
import dev.rapid4j.samples.evaluation.data.Task;
import dev.rapid4j.samples.evaluation.runs.Answer;
import dev.rapid4j.samples.evaluation.runs.Effort;
import dev.rapid4j.samples.evaluation.runs.Method;
import dev.rapid4j.samples.evaluation.runs.Pass;
import dev.rapid4j.samples.evaluation.scores.LongBenchAnswer;
import java.util.Optional;

/**
 * What is kept of an answer.
 *
 * @param kind what was asked for: a {@link FactsTask.Kind}, or a choice; blank where there are no kinds
 * @param score 0 to 1
 * @param right whether the score is 1, or the option that is meant is the right one, in whatever form it is named
 * @param choice for LongBench v2
 * @param chooses whether the response names an option, or, where there are none, says anything
 * @param asAsked whether it was written by the run's method; a short text may be read in full instead
 * @param firstOnDocument whether no answer before it is about the same text
 * @param promptTokens of the whole prompt, with what was left out of it
 * @param passages the drafter has read
 * @param timeToFirstToken in seconds
 * @param factsInPassages as of the {@link Answer}, and the next
 * @param effort of all passes
 * @param time of all passes
 */
record Outcome(
        String id,
        String kind,
        double score,
        boolean right,
        Optional<LongBenchAnswer> choice,
        boolean chooses,
        boolean asAsked,
        boolean firstOnDocument,
        int promptTokens,
        boolean shortened,
        int passages,
        Optional<Double> timeToFirstToken,
        Optional<Boolean> factsInPassages,
        Optional<Long> peakMemoryBytes,
        Effort effort,
        TimeSpent time) {

    static final String CHOICE = "choice";

    static Outcome of(Answer answer, Method method, boolean firstOnDocument) {
        Task task = answer.task();
        Optional<LongBenchAnswer> choice = task instanceof LongBenchTask question
                ? Optional.of(LongBenchAnswer.of(question, answer.response()))
                : Optional.empty();
        Pass reading = answer.passes().get(0);
        return new Outcome(
                task.id(),
                task instanceof FactsTask facts ? facts.kind().id() : choice.isPresent() ? CHOICE : "",
                answer.score(),
                isRight(answer),
                choice,
                choice.map(given -> given.given().isPresent())
                        .orElse(!answer.response().isBlank()),
                reading.mode() == method.mode(),
                firstOnDocument,
                reading.promptTokens(),
                reading.shortened(),
                reading.passages(),
                reading.timeToFirstToken().map(Effort::seconds),
                answer.factsInPassages(),
                answer.peakMemoryBytes(),
                answer.effort(),
                TimeSpent.on(answer.passes()));
    }

    private static boolean isRight(Answer answer) {
        return answer.task() instanceof LongBenchTask question
                ? LongBenchAnswer.meant(answer.response())
                        .filter(question.answer()::equals)
                        .isPresent()
                : answer.score() == 1;
    }
}
