package dev.rapid4j.samples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts for machines with a GPU and without Java, rehearsed on the CPU. */
class GpuCheckTest {

    private static final String SCRIPT = "gpu/check.py";

    @TempDir
    private Path folder;

    private record Finished(int status, String output) {}

    @BeforeAll
    static void requirePython() throws Exception {
        boolean found;
        try {
            found = python("-c", "import importlib.util as u, sys; sys.exit(not u.find_spec('torch'))")
                            .status()
                    == 0;
        } catch (IOException e) {
            found = false;
        }
        assumeTrue(found, "no python3 with torch on the PATH");
    }

    private static Finished python(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("python3"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Finished(process.waitFor(), output);
    }

    @Test
    void theWrittenProgramsAreComparedAndTimedByPython() throws Exception {
        Benchmarks.commandLine().execute("write-programs", folder.toString());

        Finished finished = python(
                SCRIPT, folder.toString(), "--device=cpu", "--out=" + folder, "--sections", "comparisons", "passes");

        assertThat(finished.status()).as(finished.output()).isZero();
        JsonNode rows = new ObjectMapper()
                .readTree(folder.resolve("check.json").toFile())
                .get("rows");
        assertThat(rows.findValuesAsText("case"))
                .contains(
                        "heads of queries that share one of keys, to themselves, bfloat16",
                        "logits, network Qwen2's, bfloat16",
                        "logits, network Qwen2's, FP8",
                        "6 rounds, target over passages, RAPID, sampled, float32",
                        "600 cached, a pass of 11, float32",
                        "600 cached, a pass of 11, INT4");
    }

    @Test
    void resultsThatAreNoNumbersFailTheCheck() throws Exception {
        Benchmarks.commandLine().execute("write-programs", folder.toString());

        Finished finished = python("-B", "-c", """
                import sys
                import torch
                sys.path.insert(0, "gpu")
                import check, comparisons, measure, pathlib, program, types
                logits = program.Decoder.logits
                program.Decoder.logits = lambda self, *arguments: logits(self, *arguments) * (
                    1 if self.dtype == torch.float32 else float("nan"))
                folder = pathlib.Path("%s")
                report = measure.Report("comparisons", folder / "rows.json", 100)
                with torch.inference_mode():
                    session = check.Session(types.SimpleNamespace(programs=folder, out=folder, bundled=folder, device="cpu"))
                    comparisons.compare_logits(report, session, "small", session.shape("tiny"))
                """.formatted(folder));

        assertThat(finished.status()).as(finished.output()).isZero();
        assertThat(finished.output())
                .containsPattern("small, float32: .* passed")
                .containsPattern("small, bfloat16: .* FAILED");
    }

    @Test
    void aFolderWithoutProgramsIsRefused() throws Exception {
        Finished finished = python(SCRIPT, folder.toString(), "--device=cpu");

        assertThat(finished.status()).isEqualTo(2);
        assertThat(finished.output()).contains("let write-programs write it");
    }
}
