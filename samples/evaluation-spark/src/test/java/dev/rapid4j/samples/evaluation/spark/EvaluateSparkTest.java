package dev.rapid4j.samples.evaluation.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.samples.evaluation.prompts.Prompts;
import dev.rapid4j.samples.evaluation.running.Document;
import dev.rapid4j.samples.evaluation.running.TaskSource;
import dev.rapid4j.samples.evaluation.runs.Answer;
import dev.rapid4j.samples.evaluation.runs.RunFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateSparkTest {

    private static final int REGISTERS = 3;

    @TempDir
    private Path folder;

    private Path data;
    private TaskSource source;
    private Path run;
    private final StringWriter messages = new StringWriter();

    @BeforeEach
    void writeData() throws IOException {
        data = folder.resolve("data.jsonl");
        run = folder.resolve("run");
        source = Registers.write(data, REGISTERS);
    }

    private int evaluate(String target, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "--master",
                "local[2]",
                "en-qa",
                "--data",
                data.toString(),
                "--out",
                run.toString(),
                "--target",
                target));
        arguments.addAll(List.of("--embedding-model", "bundled", "--target-device", "cpu", "--passage-tokens", "128"));
        arguments.addAll(List.of("--draft-context-tokens", "512", "--max-tokens", "16"));
        arguments.addAll(List.of(more));
        return EvaluateSpark.commandLine().setErr(new PrintWriter(messages)).execute(arguments.toArray(String[]::new));
    }

    private List<String> answered() {
        try (Stream<Answer> answers = RunFolder.open(run).answers()) {
            return answers.map(answer -> answer.task().id()).toList();
        }
    }

    @Test
    void everyQuestionIsAnsweredOnceAndStandsInTheTable() throws IOException {
        Path table = folder.resolve("table");

        // what others have in their spark-defaults.conf
        assertThat(evaluate(
                        "bundled",
                        "--table",
                        table.toString(),
                        "--conf",
                        "spark.serializer=org.apache.spark.serializer.KryoSerializer"))
                .isZero();

        assertThat(answered()).hasSize(2 * REGISTERS).doesNotHaveDuplicates();
        SparkConf conf = new SparkConf()
                .setMaster("local[1]")
                .setAppName("table")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1");
        try (SparkSession spark = SparkSession.builder().config(conf).getOrCreate()) {
            assertThat(spark.read().parquet(table.toString()).select("id").collectAsList())
                    .extracting(row -> row.getString(0))
                    .containsExactlyElementsOf(answered());
        }
    }

    @Test
    @Tag("slow")
    void aStoppedRunGoesOnWithTheRest() throws IOException {
        evaluate("bundled");
        Path answers = run.resolve("answers.jsonl");
        List<String> kept = Files.readAllLines(answers).subList(0, 3);
        Files.writeString(answers, String.join("\n", kept) + "\n");

        assertThat(evaluate("bundled")).isZero();

        assertThat(messages.toString()).contains("3 of 6 questions are answered already");
        assertThat(Files.readAllLines(answers)).startsWith(kept.toArray(String[]::new));
        assertThat(answered()).hasSize(2 * REGISTERS).doesNotHaveDuplicates();
    }

    @Test
    void aModelThatCannotBeLoadedEndsTheRunWithTheReason() {
        assertThat(evaluate(folder.resolve("missing").toString())).isEqualTo(1);

        assertThat(messages.toString().lines().toList())
                .singleElement()
                .asString()
                .startsWith("An executor says: ")
                .contains("missing");
        assertThat(run).doesNotExist();
    }

    @Test
    void aFileWithoutQuestionsIsAnError() throws IOException {
        Files.writeString(data, "[]");

        assertThat(evaluate("bundled")).isEqualTo(1);

        assertThat(messages.toString()).contains("holds no questions of En.QA");
    }

    @Test
    void theTasksOfAnExecutorShareAnEngine() throws InterruptedException {
        List<DocumentOutcome> outcomes = new ArrayList<>();
        SparkConf conf = new SparkConf()
                .setMaster("local[2]")
                .setAppName("engines")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1");
        try (JavaSparkContext spark = new JavaSparkContext(conf);
                Stream<Document> documents =
                        source.documents(source.questions(skipped -> {}).ofShard())) {
            new DocumentJobs(spark, Setup.of(LostExecutorTest.SETTINGS, Prompts.bundled()))
                    .run(documents.iterator(), outcomes::add);
        } finally {
            ExecutorEngine.close();
        }
        assertThat(outcomes).hasSize(REGISTERS);
        assertThat(outcomes.stream().map(DocumentOutcome::engine).distinct()).hasSize(1);
    }
}
