package dev.rapid4j.samples.evaluation.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.samples.evaluation.data.TaskWriter;
import dev.rapid4j.samples.evaluation.runs.Answer;
import dev.rapid4j.samples.evaluation.runs.RunFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateSparkTest {

    private static final int REGISTERS = 3;

    @TempDir
    private Path folder;

    private Path data;
    private Path run;
    private final StringWriter messages = new StringWriter();

    @BeforeEach
    void writeData() throws IOException {
        data = folder.resolve("data.jsonl");
        run = folder.resolve("run");
        TaskWriter.writeInfiniteBench(data, Registers.tasks(REGISTERS).stream());
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
    void everyQuestionIsAnsweredOnceAndStandsInTheTable() {
        Path table = folder.resolve("table");

        assertThat(evaluate("bundled", "--table", table.toString())).isZero();

        assertThat(answered()).hasSize(2 * REGISTERS).doesNotHaveDuplicates();
    }
}
