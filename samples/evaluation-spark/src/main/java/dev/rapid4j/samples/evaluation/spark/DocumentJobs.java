package dev.rapid4j.samples.evaluation.spark;

import dev.rapid4j.samples.evaluation.data.Task;
import dev.rapid4j.samples.evaluation.running.Document;
import dev.rapid4j.samples.evaluation.runs.RunException;
import dev.rapid4j.samples.evaluation.spark.Outcome.Refused;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * Answers documents on a cluster, each by a job of one task. So an answer is there as soon as its document is done, a
 * lost executor's documents and no others are run again, and one that fails fails alone. Only documents that run or are
 * about to are in memory; executors fetch them block by block.
 */
final class DocumentJobs {

    /** So that no executor waits for the driver to read the next one. */
    private static final int DOCUMENTS_AHEAD = 2;

    /** Executors may come and go meanwhile. */
    private static final long SECONDS_BETWEEN_LOOKS = 1;

    private final JavaSparkContext spark;
    private final Setup setup;

    DocumentJobs(JavaSparkContext spark, Setup setup) {
        this.spark = spark;
        this.setup = setup;
    }

    /**
     * @param outcomes hears of each document once, when it is done; what it throws ends all
     * @throws RunException if Spark has stopped
     */
    void run(Iterator<Document> documents, Consumer<DocumentOutcome> outcomes) throws InterruptedException {
        Broadcast<Setup> broadcastSetup = spark.broadcast(setup);
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            CompletionService<DocumentOutcome> jobs = new ExecutorCompletionService<>(threads);
            int running = 0;
            while (running > 0 || documents.hasNext()) {
                while (running < mostAtOnce() && documents.hasNext()) {
                    submit(documents.next(), broadcastSetup, jobs);
                    running++;
                }
                Future<DocumentOutcome> done = jobs.poll(SECONDS_BETWEEN_LOOKS, TimeUnit.SECONDS);
                if (done != null) {
                    running--;
                    outcomes.accept(outcome(done));
                }
            }
        } finally {
            spark.sc().cancelAllJobs();
            threads.shutdown();
            broadcastSetup.destroy();
        }
    }

    private int mostAtOnce() {
        int taskCores = spark.getConf().getInt("spark.task.cpus", 1);
        return Math.max(1, spark.defaultParallelism() / taskCores) + DOCUMENTS_AHEAD;
    }

    private void submit(Document document, Broadcast<Setup> broadcastSetup, CompletionService<DocumentOutcome> jobs) {
        Broadcast<Document> text = spark.broadcast(document);
        List<String> ids = document.questions().stream().map(Task::id).toList();
        jobs.submit(() -> {
            try {
                return spark.parallelize(List.of(text), 1)
                        .map(one -> ExecutorEngine.answer(broadcastSetup.value(), one.value()))
                        .collect()
                        .get(0);
            } catch (Exception e) {
                if (spark.sc().isStopped()) {
                    throw new RunException(
                            "Spark has stopped: " + Reason.of(e)
                                    + ". What is answered is kept; the same command goes on with the rest",
                            e);
                }
                return new DocumentOutcome(
                        "none",
                        ids.stream()
                                .<Outcome>map(id -> new Refused(id, Reason.of(e)))
                                .toList());
            } finally {
                text.destroy();
            }
        });
    }

    private static DocumentOutcome outcome(Future<DocumentOutcome> done) throws InterruptedException {
        try {
            return done.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        }
    }
}
