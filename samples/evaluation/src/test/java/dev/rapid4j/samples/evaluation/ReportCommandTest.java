package dev.rapid4j.samples.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.samples.evaluation.report.SyntheticRuns;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.Method;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path root;

    @Test
    void writesThePageAndPrintsTheTables() throws IOException {
        Path run = SyntheticRuns.write(
                root.resolve("run"), SyntheticRuns.run(SyntheticRuns.settings(Benchmark.EN_QA, Method.RAPID)), 8);
        Path folder = root.resolve("new/report");

        assertThat(execute("report", run.toString(), "--out", folder.toString()))
                .isZero();

        assertThat(folder.resolve("report.html")).content().startsWith("<!doctype html>");
        assertThat(out.toString()).contains(Files.readString(folder.resolve("report.md")));
    }

    @Test
    void saysInALineWhatIsWrongWithTheOnlyFolder() {
        Path absent = root.resolve("absent");

        assertThat(execute("report", absent.toString(), "--out", root.toString()))
                .isNotZero();

        assertThat(err.toString().lines())
                .containsExactly(
                        "No run to report: give the folders that a benchmark's command has written with --out. Left out: "
                                + absent + " is not the folder of a run: it has no run.json");
    }

    private int execute(String... arguments) {
        return Evaluate.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}
