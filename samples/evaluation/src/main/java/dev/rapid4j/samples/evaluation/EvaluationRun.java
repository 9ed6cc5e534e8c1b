package dev.rapid4j.samples.evaluation;

import dev.langchain4j.exception.LangChain4jException;
import dev.rapid4j.Hub;
import dev.rapid4j.samples.evaluation.data.Task;
import dev.rapid4j.samples.evaluation.prompts.Prompts;
import dev.rapid4j.samples.evaluation.running.Document;
import dev.rapid4j.samples.evaluation.running.Evaluator;
import dev.rapid4j.samples.evaluation.running.Question;
import dev.rapid4j.samples.evaluation.running.Questions;
import dev.rapid4j.samples.evaluation.running.TaskSource;
import dev.rapid4j.samples.evaluation.runs.Answer;
import dev.rapid4j.samples.evaluation.runs.RunException;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import dev.rapid4j.samples.evaluation.runs.RunWriter;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import picocli.CommandLine;

/** Answers the questions that have no answer yet, one after the other. */
final class EvaluationRun {

    /** A round, or a part of a prompt, is waited for when the process is told to end. */
    private static final int SECONDS_TO_END = 20;

    private final RunSettings settings;
    private final Prompts prompts;
    private final Hub hub;
    private final TaskSource source;
    private final RunWriter writer;
    private final ProgressDisplay display;

    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean stopping;
    private boolean failed;

    EvaluationRun(
            RunSettings settings,
            Prompts prompts,
            Hub hub,
            TaskSource source,
            RunWriter writer,
            ProgressDisplay display) {
        this.settings = settings;
        this.prompts = prompts;
        this.hub = hub;
        this.source = source;
        this.writer = writer;
        this.display = display;
    }

    /** @return the exit code: 1 if a question could not be answered, or the process is told to end */
    int start(Questions questions) {
        List<Question> open = display.begin(questions, writer.folder());
        if (!open.isEmpty()) {
            answer(open);
        }
        if (!stopping) {
            display.ended();
        }
        return failed || stopping ? CommandLine.ExitCode.SOFTWARE : CommandLine.ExitCode.OK;
    }

    private void answer(List<Question> open) {
        try (Evaluator evaluator = Evaluator.open(settings, prompts, hub, display)) {
            Thread stop = new Thread(() -> stop(evaluator), "stop");
            Runtime.getRuntime().addShutdownHook(stop);
            try (Stream<Document> documents = source.documents(open)) {
                for (Iterator<Document> all = documents.iterator(); !stopping && all.hasNext(); ) {
                    answer(all.next(), evaluator);
                }
            } finally {
                ended.countDown();
                removeHook(stop);
            }
        }
    }

    private static void removeHook(Thread stop) {
        try {
            Runtime.getRuntime().removeShutdownHook(stop);
        } catch (IllegalStateException e) {
            // it is running
        }
    }

    private void answer(Document document, Evaluator evaluator) {
        for (Iterator<Task> all = document.questions().iterator(); !stopping && all.hasNext(); ) {
            answer(all.next().withContext(document.text()), evaluator);
        }
    }

    private void answer(Task task, Evaluator evaluator) {
        display.question();
        Answer answer;
        try {
            answer = evaluator.answer(task, display);
        } catch (RuntimeException e) {
            if (stopping) {
                return;
            }
            if (!(e instanceof LangChain4jException)) {
                throw e;
            }
            if (isOutOfMemory(e)) {
                throw outOfMemory(e);
            }
            failed = true;
            display.failed(task.id(), e.getMessage());
            return;
        } catch (OutOfMemoryError e) {
            throw outOfMemory(e);
        }
        writer.append(answer);
        display.answered(answer);
    }

    private static RunException outOfMemory(Throwable e) {
        return new RunException(
                "The Java heap is too small. What is answered is kept; the same command goes on with the rest, with a"
                        + " larger heap by JAVA_TOOL_OPTIONS=-Xmx8g for instance",
                e);
    }

    private static boolean isOutOfMemory(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof OutOfMemoryError) {
                return true;
            }
        }
        return false;
    }

    /** Ctrl-C: the answer that is being written to the disk gets there, the one that is being given does not. */
    private void stop(Evaluator evaluator) {
        stopping = true;
        evaluator.close();
        try {
            ended.await(SECONDS_TO_END, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        display.stopped();
    }
}
