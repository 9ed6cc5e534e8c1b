package dev.rapid4j.samples.evaluation;

import dev.langchain4j.exception.LangChain4jException;
import dev.rapid4j.checkpoint.Hub;
import dev.rapid4j.samples.evaluation.data.Task;
import dev.rapid4j.samples.evaluation.prompts.Prompts;
import dev.rapid4j.samples.evaluation.running.Evaluator;
import dev.rapid4j.samples.evaluation.running.TaskSource;
import dev.rapid4j.samples.evaluation.runs.Answer;
import dev.rapid4j.samples.evaluation.runs.RunException;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import dev.rapid4j.samples.evaluation.runs.RunWriter;
import dev.rapid4j.samples.evaluation.runs.Shard;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
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

    private final Set<String> answered = new HashSet<>();
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
    int start() {
        try (Stream<Answer> answers = writer.folder().answers()) {
            answers.forEach(answer -> {
                if (answered.add(answer.task().id())) {
                    display.answeredBefore(answer);
                }
            });
        }
        if (count() > 0) {
            answerAll();
        }
        if (!stopping) {
            display.ended();
        }
        return failed || stopping ? CommandLine.ExitCode.SOFTWARE : CommandLine.ExitCode.OK;
    }

    /** How many questions are open. */
    private long count() {
        LongAdder questions = new LongAdder();
        LongAdder open = new LongAdder();
        try (Stream<Task> tasks = source.read(display::skipped)) {
            tasks.forEach(task -> {
                questions.increment();
                open.add(answered.contains(task.id()) ? 0 : 1);
            });
        }
        if (questions.sum() == 0 && source.shard().equals(Shard.ALL)) {
            throw new RunException("%s holds no questions of %s"
                    .formatted(source.file(), source.benchmark().title()));
        }
        display.counted(questions.sum(), open.sum());
        return open.sum();
    }

    private void answerAll() {
        try (Evaluator evaluator = Evaluator.open(settings, prompts, hub, display)) {
            Thread stop = new Thread(() -> stop(evaluator), "stop");
            Runtime.getRuntime().addShutdownHook(stop);
            try (Stream<Task> tasks = source.read(skipped -> {})) {
                Iterator<Task> all = tasks.iterator();
                while (!stopping && all.hasNext()) {
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

    private void answer(Task task, Evaluator evaluator) {
        display.question();
        if (answered.contains(task.id())) {
            return;
        }
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
