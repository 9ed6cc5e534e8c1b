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

/** The script for machines without Java, on the CPU. */
class GpuBenchmarkTest {

    private static final String SCRIPT = "gpu/gpu_benchmark.py";

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
    void theWrittenProgramIsCheckedAndTimedByPython() throws Exception {
        Benchmarks.commandLine().execute("write-programs", folder.toString());
        Path file = folder.resolve("result.json");

        Finished finished = python(
                SCRIPT,
                folder.toString(),
                "--device=cpu",
                "--shape=tiny",
                "--precision=float32",
                "--contexts=20",
                "--tokens=4",
                "--repetitions=2",
                "--out=" + file);

        assertThat(finished.status()).as(finished.output()).isZero();
        assertThat(finished.output())
                .contains("bfloat16 on cpu against float32 on cpu")
                .contains("| 20 | 4 |");
        JsonNode result = new ObjectMapper().readTree(file.toFile());
        assertThat(result.get("passBytes").longValue())
                .isEqualTo(Shape.of("tiny").weightsOfOnePass() * Float.BYTES);
    }

    @Test
    void resultsThatAreNoNumbersFailTheCheck() throws Exception {
        Benchmarks.commandLine().execute("write-programs", folder.toString());

        Finished finished = python("-B", "-c", """
                import sys
                import torch
                sys.path.insert(0, "gpu")
                import gpu_benchmark
                logits = gpu_benchmark.Decoder.logits
                gpu_benchmark.Decoder.logits = lambda self, *arguments: logits(self, *arguments) * (
                    1 if self.dtype == torch.float32 else float("nan"))
                sys.argv = ["gpu_benchmark.py", "%s", "--device=cpu", "--check-only"]
                gpu_benchmark.main()
                """.formatted(folder));

        assertThat(finished.status()).as(finished.output()).isEqualTo(1);
        assertThat(finished.output())
                .containsPattern("float32 on cpu against .*: passed")
                .containsPattern("bfloat16 on cpu against .*: FAILED");
    }

    @Test
    void aFolderWithoutProgramsIsRefused() throws Exception {
        Finished finished = python(SCRIPT, folder.toString(), "--device=cpu");

        assertThat(finished.status()).isEqualTo(2);
        assertThat(finished.output()).contains("let write-programs write it");
    }
}
