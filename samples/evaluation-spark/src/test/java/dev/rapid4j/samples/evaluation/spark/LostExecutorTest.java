package dev.rapid4j.samples.evaluation.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.CacheType;
import dev.rapid4j.DraftContext;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.samples.evaluation.prompts.Prompts;
import dev.rapid4j.samples.evaluation.running.Document;
import dev.rapid4j.samples.evaluation.running.Evaluator;
import dev.rapid4j.samples.evaluation.running.Question;
import dev.rapid4j.samples.evaluation.running.TaskSource;
import dev.rapid4j.samples.evaluation.runs.Answer;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.Method;
import dev.rapid4j.samples.evaluation.runs.RunJson;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import dev.rapid4j.samples.evaluation.spark.Outcome.Answered;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.Success$;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On executors that are processes of their own. */
class LostExecutorTest {

    @TempDir
    private Path folder;

    @Test
    @Tag("slow")
    void aLostExecutorsQuestionsAreAskedAgainAndNoneTwice() throws Exception {
        Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
        TaskSource source = Registers.write(folder.resolve("data.jsonl"), 6);
        List<Question> questions = source.questions(skipped -> {}).ofShard();
        Queue<String> lost = new ConcurrentLinkedQueue<>();
        List<DocumentOutcome> outcomes = new ArrayList<>();
        SparkConf conf = new SparkConf()
                .setMaster("local-cluster[2,1,1024]")
                .setAppName("evaluation")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.executor.memory", "512m")
                .set("spark.executor.extraClassPath", System.getProperty("java.class.path"));
        try (JavaSparkContext spark = new JavaSparkContext(conf);
                Stream<Document> documents = source.documents(questions)) {
            spark.sc().addSparkListener(new SparkListener() {
                @Override
                public void onTaskEnd(SparkListenerTaskEnd end) {
                    if (end.reason() != Success$.MODULE$) {
                        lost.add(end.reason().toString());
                    }
                }
            });
            new DocumentJobs(spark, Setup.of(SETTINGS, Prompts.bundled())).run(documents.iterator(), outcome -> {
                if (outcomes.isEmpty()) {
                    executors().findFirst().orElseThrow().destroyForcibly();
                }
                outcomes.add(outcome);
            });
        }
        assertThat(lost).isNotEmpty();
        assertThat(outcomes.stream().flatMap(outcome -> outcome.questions().stream()))
                .extracting(outcome -> RunJson.read(((Answered) outcome).answer(), Answer.class)
                        .task()
                        .id())
                .containsExactlyInAnyOrderElementsOf(
                        questions.stream().map(question -> question.task().id()).toList());
    }

    private static Stream<ProcessHandle> executors() {
        return ProcessHandle.current().children();
    }

    static final RunSettings SETTINGS = new RunSettings(
            Benchmark.EN_QA,
            Method.RAPID,
            Evaluator.BUNDLED,
            Optional.empty(),
            Optional.of(Evaluator.BUNDLED),
            "data.jsonl",
            "",
            "",
            false,
            10,
            10,
            DraftContext.PASSAGE_PROMPT,
            false,
            0.1,
            0.1,
            0,
            1,
            1,
            48,
            48,
            100_000,
            128,
            0.3,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            1_024,
            "cpu",
            "cpu",
            WeightFormat.FLOAT32,
            WeightFormat.FLOAT32,
            CacheType.AUTO);
}
