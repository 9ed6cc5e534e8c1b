package dev.rapid4j.samples.evaluation.runs;

import com.fasterxml.jackson.annotation.JsonGetter;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.rapid4j.samples.evaluation.data.BookTask;
import dev.rapid4j.samples.evaluation.data.FactsTask;
import dev.rapid4j.samples.evaluation.data.LongBenchTask;
import dev.rapid4j.samples.evaluation.data.Task;
import dev.rapid4j.samples.evaluation.scores.FactsScore;
import dev.rapid4j.samples.evaluation.scores.InfiniteBenchScore;
import dev.rapid4j.samples.evaluation.scores.LongBenchAnswer;
import java.util.List;
import java.util.Optional;

/**
 * A task and what was answered: a line of the file {@code answers.jsonl}.
 *
 * @param task without its long text
 * @param document tells long texts apart
 * @param passes one; with chain of thought the reasoning, and then the answer
 * @param factsInPassages whether the passages that were found have all facts of a right answer, word for word; nothing
 *     if none were searched for, or the text itself has the facts in other words
 * @param peakMemoryBytes the most physical memory that the process has taken so far; nothing if it is not known, or if
 *     the process works for others than this run
 */
@JsonIgnoreProperties(value = "score", allowGetters = true)
public record Answer(
        Task task,
        String document,
        List<Pass> passes,
        Optional<Boolean> factsInPassages,
        Optional<Long> peakMemoryBytes) {

    public Answer {
        task = task.withoutContext();
        passes = List.copyOf(passes);
        if (passes.isEmpty()) {
            throw new IllegalArgumentException("An answer takes a pass");
        }
    }

    public Answer withPeakMemoryBytes(Optional<Long> bytes) {
        return new Answer(task, document, passes, factsInPassages, bytes);
    }

    /** What is graded. */
    public String response() {
        return passes.get(passes.size() - 1).response();
    }

    /** What all passes took together. */
    public Effort effort() {
        return passes.stream().map(pass -> Effort.of(pass.statistics())).reduce(Effort.NONE, Effort::plus);
    }

    /** How good the answer is by the rules of the benchmark's authors, 0 to 1. */
    @JsonGetter
    public double score() {
        if (task instanceof FactsTask question) {
            return FactsScore.isRight(question, response()) ? 1 : 0;
        }
        if (task instanceof LongBenchTask question) {
            return LongBenchAnswer.of(question, response()).isRight() ? 1 : 0;
        }
        return InfiniteBenchScore.of((BookTask) task, response());
    }
}
