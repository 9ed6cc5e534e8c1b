package dev.rapid4j.internal.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.CheckpointException.Problem;
import dev.rapid4j.DownloadProgress;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.testing.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GGUF models of repositories. */
@Timeout(120)
class HubGgufTest {

    private static final String SPLIT = "BF16/tiny-BF16-0000%d-of-00003.gguf";

    @TempDir
    Path cache;

    private final List<DownloadProgress> progress = new ArrayList<>();
    private FakeHub server;

    @BeforeEach
    void start() throws IOException {
        server = new FakeHub();
        server.files.put("README.md", new byte[10]);
        server.files.put("../../evil-Q4_K_M.gguf", new byte[10]);
        server.files.put("mmproj-tiny-Q4_K_M.gguf", new byte[10]);
        serve("llama3-tiny-mixed.gguf", "tiny-Q4_K_M.gguf");
        serve("mistral-tiny-F16.gguf", "tiny.f16.gguf");
        for (int part = 1; part <= 3; part++) {
            serve("qwen3-tiny-F32-0000%d-of-00003.gguf".formatted(part), SPLIT.formatted(part));
        }
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void serve(String golden, String name) throws IOException {
        server.files.put(name, Files.readAllBytes(Golden.path("gguf").resolve(golden)));
    }

    private HubFiles.Builder hub() {
        return HubFiles.builder(name -> null)
                .endpoint(server.endpoint())
                .cache(cache)
                .listener(progress::add)
                .timeout(Duration.ofSeconds(5))
                .retryDelay(Duration.ofMillis(1));
    }

    private Checkpoint open(String selection) {
        return Checkpoint.open(FakeHub.ID + selection, hub().build());
    }

    @ParameterizedTest
    @CsvSource({
        ":Q4_K_M, tiny-Q4_K_M.gguf",
        ":q4_k_m, tiny-Q4_K_M.gguf",
        ":F16, tiny.f16.gguf",
        ":tiny.f16.gguf, tiny.f16.gguf",
        ":Tiny.F16.gguf, tiny.f16.gguf",
        "@main:F16, tiny.f16.gguf",
        "'', tiny-Q4_K_M.gguf",
    })
    void downloadsTheFileThatIsAskedForAndNoOther(String selection, String file) throws IOException {
        Checkpoint checkpoint = open(selection);
        assertThat(checkpoint.path()).hasFileName(file).hasBinaryContent(server.files.get(file));
        assertThat(checkpoint.name()).isEqualTo(FakeHub.ID + selection.replace("@main", ""));
        assertThat(checkpoint.weights()).isNotEmpty();
        assertThat(snapshotFiles()).containsExactly(file);
    }

    @ParameterizedTest
    @CsvSource({":BF16", ":BF16/tiny-BF16-00001-of-00003.gguf", ":BF16/tiny-BF16-00003-of-00003.gguf"})
    void downloadsAllPartsOfAModelThatWasSplit(String selection) throws IOException {
        assertThat(open(selection).weights()).containsKeys("model.embed_tokens.weight", "lm_head.weight");
        assertThat(snapshotFiles())
                .containsExactlyInAnyOrder(SPLIT.formatted(1), SPLIT.formatted(2), SPLIT.formatted(3));
        assertThat(progress).last().returns(3, DownloadProgress::filesTotal);
    }

    @Test
    void oneModelNeedsNoTypeAndWithoutTheUsualOnesItMustBeChosen() throws IOException {
        server.files.remove("tiny-Q4_K_M.gguf");
        assertRefused(
                "",
                "several GGUF models: BF16/tiny-BF16-00001-of-00003.gguf, tiny.f16.gguf; choose one as " + FakeHub.ID
                        + "@main:BF16/tiny-BF16-00001-of-00003.gguf");
        serve("llama3-tiny-mixed.gguf", "tiny-Q8_0.gguf");
        assertThat(open("").path()).hasFileName("tiny-Q8_0.gguf");
        server.files.keySet().removeIf(name -> name.startsWith("BF16") || name.equals("tiny-Q8_0.gguf"));
        server.commit = "f".repeat(40);
        assertThat(open("").path()).hasFileName("tiny.f16.gguf");
    }

    @Test
    void saysWhatARepositoryHas() {
        assertRefused(
                ":Q5_K_M",
                "has no GGUF model Q5_K_M; it has the GGUF models BF16/tiny-BF16-00001-of-00003.gguf, tiny-Q4_K_M.gguf,"
                        + " tiny.f16.gguf");
        assertRefused(":other.gguf", "has no GGUF model other.gguf");
        server.files.put("better-Q4_K_M.gguf", new byte[10]);
        assertRefused(":Q4_K_M", "several GGUF models of the type Q4_K_M: better-Q4_K_M.gguf, tiny-Q4_K_M.gguf");
        server.files.remove(SPLIT.formatted(2));
        assertRefused(":BF16", "has no BF16/tiny-BF16-00002-of-00003.gguf");
        server.files.keySet().removeIf(name -> name.endsWith(".gguf"));
        assertRefused(":Q4_K_M", "has no GGUF model Q4_K_M; it has no GGUF models");
        assertRefused("", "has no config.json");
    }

    @Test
    void whatTransformersPublishesCountsBeforeAGgufModel() throws IOException {
        try (Stream<Path> files = Files.list(Golden.path("qwen2-tiny"))) {
            for (Path file : files.toList()) {
                server.files.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        assertThat(open(":Q4_K_M").configuration().modelType()).isEqualTo("llama");
        assertThat(open("").configuration().modelType()).isEqualTo("qwen2");
        assertThat(open(":F16").path()).hasFileName("tiny.f16.gguf");
    }

    @Test
    void goesOnWhereTheConnectionWasCutAndDoesNotDownloadTwice() {
        server.cutAfter = 1000;
        server.cuts = 2;
        open(":Q4_K_M");
        assertThat(server.requests)
                .filteredOn(request -> request.line().equals("GET /tiny-Q4_K_M.gguf"))
                .extracting(FakeHub.Request::range)
                .containsExactly(null, "bytes=1000-", "bytes=2000-");
        server.requests.clear();
        open(":q4_k_m");
        assertThat(server.requests).hasSize(1);
        open("@" + FakeHub.COMMIT + ":Q4_K_M");
        assertThat(server.requests).hasSize(1);
    }

    @Test
    void offlineTheCacheIsUsed() {
        open(":BF16");
        open("");
        HubFiles offline = hub().offline(true).build();
        assertThat(Checkpoint.open(FakeHub.ID + ":BF16", offline).weights()).isNotEmpty();
        assertThat(Checkpoint.open(FakeHub.ID, offline).path()).hasFileName("tiny-Q4_K_M.gguf");
        assertThatThrownBy(() -> Checkpoint.open(FakeHub.ID + ":F16", offline))
                .isInstanceOfSatisfying(
                        CheckpointException.class,
                        refused -> assertThat(refused.problem()).isEqualTo(Problem.OFFLINE));
    }

    @Test
    void aDamagedFileIsDownloadedAnew() throws IOException {
        Path file = open(":Q4_K_M").path();
        Files.write(file, new byte[server.files.get("tiny-Q4_K_M.gguf").length]);
        assertThat(open(":Q4_K_M").weights()).isNotEmpty();
        assertThat(file).hasBinaryContent(server.files.get("tiny-Q4_K_M.gguf"));
    }

    private List<String> snapshotFiles() throws IOException {
        Path snapshot = cache.resolve("models--lighthouse--tiny/snapshots").resolve(FakeHub.COMMIT);
        try (Stream<Path> files = Files.walk(snapshot)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> snapshot.relativize(file).toString())
                    .toList();
        }
    }

    private void assertRefused(String selection, String message) {
        assertThatThrownBy(() -> open(selection))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(message);
    }
}
