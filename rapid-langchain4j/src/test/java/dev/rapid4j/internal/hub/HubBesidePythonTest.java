package dev.rapid4j.internal.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rapid4j.DownloadListener;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.checkpoint.CheckpointTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One cache, two programs: this library and Python's huggingface_hub, which {@code python3} must find, or the Python
 * that {@code RAPID_HUB_PYTHON} names. Version 0.36, whose processes share one partial file, is the one to test with;
 * {@code .ci/with-huggingface-hub ./mvnw -pl rapid-langchain4j -am test -Dtest=HubBesidePythonTest
 * -Dsurefire.failIfNoSpecifiedTests=false} brings it along.
 */
@Timeout(120)
class HubBesidePythonTest {

    private static final String PYTHON = Objects.requireNonNullElse(System.getenv("RAPID_HUB_PYTHON"), "python3");
    private static final String WEIGHTS = "model.safetensors";

    /** What of the repository both are to have. */
    private static final String DOWNLOAD = "from huggingface_hub import snapshot_download;"
            + "print(snapshot_download('%s', allow_patterns=['*.json', '*.safetensors']%s))";

    @TempDir
    Path cache;

    private FakeHub server;

    @BeforeAll
    static void findPython() throws InterruptedException {
        boolean there;
        try {
            there = new ProcessBuilder(PYTHON, "-c", "import huggingface_hub")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            there = false;
        }
        assumeTrue(there, PYTHON + " with huggingface_hub");
    }

    @BeforeEach
    void start() throws IOException {
        server = new FakeHub();
        try (Stream<Path> files = Files.list(CheckpointTest.GOLDEN.resolve("qwen2-tiny"))) {
            for (Path file :
                    files.filter(file -> !file.endsWith("expected.safetensors")).toList()) {
                server.files.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void usesWhatPythonDownloaded() throws Exception {
        String snapshot = result(python(DOWNLOAD.formatted(FakeHub.ID, "")));
        server.requests.clear();
        assertThat(open(false).path()).hasToString(snapshot);
        assertThat(server.requests).hasSize(1);
        assertThat(open(true).path()).hasToString(snapshot);
    }

    @Test
    void pythonUsesWhatWasDownloaded() throws Exception {
        String snapshot = open(false).path().toString();
        server.requests.clear();
        assertThat(result(python(DOWNLOAD.formatted(FakeHub.ID, "")))).isEqualTo(snapshot);
        assertThat(server.count("GET /" + WEIGHTS)).isZero();
        assertThat(result(python(DOWNLOAD.formatted(FakeHub.ID, ", local_files_only=True"))))
                .isEqualTo(snapshot);
        assertThat(result(python("from huggingface_hub import scan_cache_dir;"
                        + "r = scan_cache_dir(); print(r.warnings, [len(i.refs) for i in r.repos])")))
                .isEqualTo("[] [1]");
    }

    /** Both are sent the weights at the same time, and slowly. */
    @RepeatedTest(3)
    void bothDownloadAtTheSameTime() throws Exception {
        server.slow = true;
        server.together = new CountDownLatch(2);
        Process python = python(DOWNLOAD.formatted(FakeHub.ID, ""));
        Path directory = open(false).path();
        assertThat(result(python)).isEqualTo(directory.toString());
        assertThat(server.count("GET /" + WEIGHTS)).isEqualTo(2);
        for (Path file : files(directory)) {
            assertThat(file)
                    .hasBinaryContent(server.files.get(file.getFileName().toString()));
        }
        assertThat(files(cache)).noneMatch(file -> file.toString().endsWith(".incomplete"));
        assertThat(open(true).path()).isEqualTo(directory);
    }

    private Checkpoint open(boolean offline) {
        HubFiles hub = HubFiles.builder(name -> null)
                .endpoint(server.endpoint())
                .cache(cache)
                .offline(offline)
                .timeout(Duration.ofSeconds(30))
                .listener(DownloadListener.silent())
                .build();
        return Checkpoint.open(FakeHub.ID, hub);
    }

    private Process python(String program) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(PYTHON, "-c", program).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("HF_"));
        builder.environment().put("HF_ENDPOINT", server.endpoint());
        builder.environment().put("HF_HUB_CACHE", cache.toString());
        builder.environment().put("HF_HOME", cache.resolve("home").toString());
        builder.environment().put("HF_HUB_DISABLE_PROGRESS_BARS", "1");
        builder.environment().put("HF_HUB_DISABLE_TELEMETRY", "1");
        return builder.start();
    }

    /** The last line that a program prints. */
    private static String result(Process process) throws IOException, InterruptedException {
        List<String> lines = new String(process.getInputStream().readAllBytes(), UTF_8)
                .lines()
                .toList();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(() -> String.join("\n", lines)).isZero();
        return lines.get(lines.size() - 1);
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }
}
