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
import dev.rapid4j.samples.evaluation.running.ThisMachine;
import dev.rapid4j.samples.evaluation.runs.Answer;
import dev.rapid4j.samples.evaluation.runs.RunException;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import dev.rapid4j.samples.evaluation.runs.RunWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;

/**
 * Answers the questions that have no answer yet, one after the other: those of one run, or of several that share an
 * engine. Several ask all that they have to ask about a text before the next one is read.
 */
final class EvaluationRun {

    /**
     * Questions, and what becomes of their answers.
     *
     * @param source of the same questions
     */
    record Lane(
            RunSettings settings, TaskSource source, Questions questions, RunWriter writer, ProgressDisplay display) {}

    /** What a lane asks about a text. */
    private record Part(Lane lane, Document document) {}

    /** A round, or a part of a prompt, is waited for when the process is told to end. */
    private static final int SECONDS_TO_END = 20;

    private final List<Lane> lanes;
    private final Prompts prompts;
    private final Hub hub;
    private final boolean alone;

    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean stopping;
    private boolean failed;

    /**
     * @param lanes whose settings load the same models, with the same limits, devices and formats
     * @param prompts of all of them
     * @param alone whether they are of one setting, so that the memory that the process takes is that setting's
     */
    EvaluationRun(List<Lane> lanes, Prompts prompts, Hub hub, boolean alone) {
        this.lanes = List.copyOf(lanes);
        this.prompts = prompts;
        this.hub = hub;
        this.alone = alone;
    }

    /** @return the exit code: 1 if a question could not be answered, or the process is told to end */
    int start() {
        Map<Lane, List<Question>> open = new LinkedHashMap<>();
        for (Lane lane : lanes) {
            List<Question> ofLane =
                    lane.display().begin(lane.questions(), lane.writer().folder());
            if (!ofLane.isEmpty()) {
                open.put(lane, ofLane);
            }
        }
        if (!open.isEmpty()) {
            answer(open);
        }
        if (!stopping) {
            lanes.forEach(lane -> lane.display().ended());
        }
        return failed || stopping ? CommandLine.ExitCode.SOFTWARE : CommandLine.ExitCode.OK;
    }

    private void answer(Map<Lane, List<Question>> open) {
        try (Evaluator loaded = Evaluator.open(
                loading(open.keySet().stream().map(Lane::settings).toList()), prompts, hub, firstDisplay(open))) {
            Thread stop = new Thread(() -> stop(loaded), "stop");
            Runtime.getRuntime().addShutdownHook(stop);
            try (Stream<Part> parts = parts(open)) {
                Map<Lane, Evaluator> evaluators = open.keySet().stream()
                        .collect(Collectors.toMap(lane -> lane, lane -> loaded.with(lane.settings())));
                for (Iterator<Part> all = parts.iterator(); !stopping && all.hasNext(); ) {
                    Part part = all.next();
                    answer(part, evaluators.get(part.lane()));
                }
            } finally {
                ended.countDown();
                removeHook(stop);
            }
        }
    }

    /** The settings of a lane whose passages the engine finds, if there is one; else of one with an embedding model. */
    static RunSettings loading(List<RunSettings> settings) {
        return settings.stream()
                .max(Comparator.comparing(
                                (RunSettings one) -> one.method().mode().retrieves())
                        .thenComparing(one -> one.embeddingModel().isPresent()))
                .orElseThrow();
    }

    private static ProgressDisplay firstDisplay(Map<Lane, List<Question>> open) {
        return open.keySet().iterator().next().display();
    }

    /**
     * Of one lane a text at a time; of several all texts, in the order of the first lane, and the lanes' within one.
     */
    private static Stream<Part> parts(Map<Lane, List<Question>> open) {
        if (open.size() == 1) {
            Map.Entry<Lane, List<Question>> only = open.entrySet().iterator().next();
            return parts(only.getKey(), only.getValue());
        }
        Map<String, List<Part>> byText = new LinkedHashMap<>();
        open.forEach((lane, questions) -> {
            try (Stream<Part> parts = parts(lane, questions)) {
                parts.forEach(part -> byText.computeIfAbsent(part.document().text(), text -> new ArrayList<>())
                        .add(part));
            }
        });
        return byText.values().stream().flatMap(List::stream);
    }

    private static Stream<Part> parts(Lane lane, List<Question> questions) {
        return lane.source().documents(questions).map(document -> new Part(lane, document));
    }

    private static void removeHook(Thread stop) {
        try {
            Runtime.getRuntime().removeShutdownHook(stop);
        } catch (IllegalStateException e) {
            // it is running
        }
    }

    private void answer(Part part, Evaluator evaluator) {
        for (Iterator<Task> all = part.document().questions().iterator(); !stopping && all.hasNext(); ) {
            answer(all.next().withContext(part.document().text()), part.lane(), evaluator);
        }
    }

    private void answer(Task task, Lane lane, Evaluator evaluator) {
        ProgressDisplay display = lane.display();
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
        if (alone) {
            answer = answer.withPeakMemoryBytes(ThisMachine.peakMemoryBytes());
        }
        lane.writer().append(answer);
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
        lanes.forEach(lane -> lane.display().stopped());
    }
}
