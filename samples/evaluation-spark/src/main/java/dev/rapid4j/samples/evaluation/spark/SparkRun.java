package dev.rapid4j.samples.evaluation.spark;

import dev.rapid4j.samples.evaluation.ProgressDisplay;
import dev.rapid4j.samples.evaluation.running.Document;
import dev.rapid4j.samples.evaluation.running.Question;
import dev.rapid4j.samples.evaluation.running.Questions;
import dev.rapid4j.samples.evaluation.running.TaskSource;
import dev.rapid4j.samples.evaluation.runs.Answer;
import dev.rapid4j.samples.evaluation.runs.RunException;
import dev.rapid4j.samples.evaluation.runs.RunJson;
import dev.rapid4j.samples.evaluation.runs.RunWriter;
import dev.rapid4j.samples.evaluation.spark.Outcome.Answered;
import dev.rapid4j.samples.evaluation.spark.Outcome.Refused;
import dev.rapid4j.samples.evaluation.spark.Outcome.Unusable;
import java.util.List;
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
     * @throws RunException if an executor cannot load its engine, or Spark has stopped
     */
    boolean start(Questions questions, DocumentJobs jobs) {
        List<Question> open = display.begin(questions, writer.folder());
        display.question();
        try (Stream<Document> documents = source.documents(open)) {
            jobs.run(documents.iterator(), document -> document.questions().forEach(this::write));
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
