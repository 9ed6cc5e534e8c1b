package dev.rapid4j.samples.evaluation.spark;

import dev.rapid4j.Hub;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.samples.evaluation.data.Task;
import dev.rapid4j.samples.evaluation.running.Document;
import dev.rapid4j.samples.evaluation.running.Evaluator;
import dev.rapid4j.samples.evaluation.runs.RunJson;
import dev.rapid4j.samples.evaluation.spark.Outcome.Answered;
import dev.rapid4j.samples.evaluation.spark.Outcome.Refused;
import dev.rapid4j.samples.evaluation.spark.Outcome.Unusable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;

/**
 * The one engine of this JVM, an executor. It answers one document's questions after the other; other tasks of the
 * executor wait meanwhile, so that no document pushes another's prompt out of the cache.
 */
final class ExecutorEngine {

    private static final ProgressListener QUIET = new ProgressListener() {};
    private static final ReentrantLock LOCK = new ReentrantLock(true);

    private static volatile Evaluator evaluator;
    private static Setup setup;
    private static int loaded;

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(ExecutorEngine::close));
    }

    private ExecutorEngine() {}

    /**
     * Called by a task of Spark.
     *
     * @throws InterruptedException if Spark ends the task
     */
    static DocumentOutcome answer(Setup wanted, Document document) throws InterruptedException {
        LOCK.lockInterruptibly();
        try {
            Evaluator ready;
            try {
                ready = ready(wanted);
            } catch (RuntimeException | LinkageError e) {
                return new DocumentOutcome(name(), List.of(new Unusable(Reason.of(e))));
            }
            List<Outcome> outcomes = new ArrayList<>();
            for (Task question : document.questions()) {
                if (TaskContext.get().isInterrupted()) {
                    throw new InterruptedException("Spark has ended the task");
                }
                outcomes.add(answer(ready, question.withContext(document.text())));
            }
            return new DocumentOutcome(name(), outcomes);
        } finally {
            LOCK.unlock();
        }
    }

    /** An application has one setup; the driver's JVM may have several applications, one after the other. */
    private static Evaluator ready(Setup wanted) {
        if (evaluator == null || !wanted.settings().equals(setup.settings())) {
            close();
            evaluator =
                    Evaluator.open(wanted.runSettings(OwnGpu.ofTask()), wanted.prompts(), Hub.fromEnvironment(), QUIET);
            setup = wanted;
            loaded++;
        }
        return evaluator;
    }

    private static Outcome answer(Evaluator ready, Task task) {
        try {
            return new Answered(RunJson.write(ready.answer(task, QUIET)));
        } catch (RuntimeException e) {
            if (evaluator != ready) {
                throw new IllegalStateException("The engine was closed", e);
            }
            return new Refused(task.id(), Reason.of(e));
        }
    }

    private static String name() {
        return SparkEnv.get().executorId() + "/" + loaded;
    }

    /** Ends a question that is being answered. */
    static void close() {
        Evaluator open = evaluator;
        evaluator = null;
        if (open != null) {
            open.close();
        }
    }
}
