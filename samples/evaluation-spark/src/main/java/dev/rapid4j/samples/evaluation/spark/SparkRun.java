package dev.rapid4j.samples.evaluation.spark;

import dev.rapid4j.samples.evaluation.ProgressDisplay;
import dev.rapid4j.samples.evaluation.running.TaskSource;
import dev.rapid4j.samples.evaluation.runs.Answer;
import dev.rapid4j.samples.evaluation.runs.RunException;
import dev.rapid4j.samples.evaluation.runs.RunJson;
import dev.rapid4j.samples.evaluation.runs.RunWriter;
import dev.rapid4j.samples.evaluation.runs.Shard;
import dev.rapid4j.samples.evaluation.spark.Outcome.Answered;
import dev.rapid4j.samples.evaluation.spark.Outcome.Refused;
import dev.rapid4j.samples.evaluation.spark.Outcome.Unusable;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/** Has the questions answered that have no answer yet, and writes the answers down, in the driver. */
final class SparkRun {

    private final TaskSource source;
    private final RunWriter writer;
    private final ProgressDisplay display;

    private boolean failed;

    SparkRun(TaskSource source, RunWriter writer, ProgressDisplay display) {
        this.source = source;
        this.writer = writer;
        this.display = display;
    }

    /**
     * @return whether all questions have an answer
     * @throws RunException if there are no questions, an executor cannot load its engine, or Spark has stopped
     */
    boolean start(DocumentJobs jobs) {
        Set<String> answered = new HashSet<>();
        try (Stream<Answer> answers = writer.folder().answers()) {
            answers.filter(answer -> answered.add(answer.task().id())).forEach(display::answeredBefore);
        }
        Documents documents = Documents.of(source::read, task -> !answered.contains(task.id()), display::skipped);
        if (documents.questions() == 0 && source.shard().equals(Shard.ALL)) {
            throw new RunException("%s holds no questions of %s"
                    .formatted(source.file(), source.benchmark().title()));
        }
        display.counted(documents.questions(), documents.openQuestions());
        display.question();
        try (Stream<Document> texts = documents.stream()) {
            jobs.run(texts.iterator(), document -> document.questions().forEach(this::write));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunException("The run was interrupted", e);
        }
        display.ended();
        return !failed;
    }

    private void write(Outcome outcome) {
        if (outcome instanceof Answered answered) {
            Answer answer = RunJson.read(answered.answer(), Answer.class);
            writer.append(answer);
            display.answered(answer);
        } else if (outcome instanceof Refused refused) {
            failed = true;
            display.failed(refused.id(), refused.reason());
        } else {
            throw new RunException("An executor has no engine. " + ((Unusable) outcome).reason());
        }
    }
}
