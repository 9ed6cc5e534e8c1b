package dev.rapid4j.internal.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.CheckpointException.Problem;
import dev.rapid4j.DownloadListener;
import dev.rapid4j.DownloadProgress;
import dev.rapid4j.Pooling;
import dev.rapid4j.internal.architecture.EncoderTask;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.checkpoint.CheckpointTest;
import dev.rapid4j.internal.checkpoint.EncoderCheckpoint;
import dev.rapid4j.internal.text.ByteSizes;
import dev.rapid4j.internal.weights.WeightFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class HubTest {

    private static final String WEIGHTS = WeightFiles.SAFETENSORS.single();

    @TempDir
    Path cache;

    private final List<DownloadProgress> progress = new ArrayList<>();
    private FakeHub server;

    @BeforeEach
    void start() throws IOException {
        server = new FakeHub();
        serve("qwen2-tiny");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void serve(String golden) throws IOException {
        server.files.clear();
        try (Stream<Path> files = Files.list(CheckpointTest.GOLDEN.resolve(golden))) {
            for (Path file :
                    files.filter(file -> !file.endsWith("expected.safetensors")).toList()) {
                server.files.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        server.files.putIfAbsent("pytorch_model.bin", new byte[10]);
        server.files.put("README.md", new byte[10]);
        server.files.put("../../evil.json", new byte[10]);
    }

    private HubFiles.Builder hub() {
        return HubFiles.builder(name -> null)
                .endpoint(server.endpoint())
                .cache(cache)
                .token("hf_secret")
                .listener(progress::add)
                .timeout(Duration.ofSeconds(5))
                .retryDelay(Duration.ofMillis(1));
    }

    private Checkpoint open() {
        return Checkpoint.open(FakeHub.ID, hub().build());
    }

    @Test
    void downloadsWhatACheckpointNeedsIntoTheLayoutOfHuggingfaceHub() throws IOException {
        Checkpoint checkpoint = open();
        assertThat(checkpoint.name()).isEqualTo(FakeHub.ID);
        Path folder = cache.resolve("models--lighthouse--tiny");
        assertThat(checkpoint.path()).isEqualTo(folder.resolve("snapshots").resolve(FakeHub.COMMIT));
        assertThat(folder.resolve("refs/main")).hasContent(FakeHub.COMMIT);
        assertThat(list(checkpoint.path()))
                .containsExactlyInAnyOrder(
                        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", WEIGHTS);
        Path link = checkpoint.path().resolve(WEIGHTS);
        assertThat(link).isSymbolicLink().hasBinaryContent(server.files.get(WEIGHTS));
        assertThat(Files.readSymbolicLink(link))
                .isEqualTo(Path.of("../../blobs").resolve(FakeHub.sha256(server.files.get(WEIGHTS))));
        assertThat(Files.readSymbolicLink(checkpoint.path().resolve("config.json")))
                .isEqualTo(Path.of("../../blobs").resolve(FakeHub.gitHash(server.files.get("config.json"))));
        assertThat(list(folder.resolve("blobs"))).hasSize(5).noneMatch(name -> name.endsWith(".incomplete"));
    }

    @Test
    void downloadsTheShardsThatTheIndexNames() throws IOException {
        serve("llama3-tiny");
        assertThat(open().weights()).containsKey("lm_head.weight");
        assertThat(progress)
                .last()
                .isEqualTo(new DownloadProgress("model-00003-of-00003.safetensors", 70520, 70520, 8, 8));
    }

    @Test
    void downloadsAShardWhoseNameAnAddressHasToEscape() throws IOException {
        serve("llama3-tiny");
        String original = "model-00003-of-00003.safetensors";
        String name = "the last, 3 of 3 (100%).safetensors";
        String index = "model.safetensors.index.json";
        server.files.put(name, server.files.remove(original));
        server.files.computeIfPresent(
                index,
                (key, json) -> new String(json, StandardCharsets.UTF_8)
                        .replace(original, name)
                        .getBytes(StandardCharsets.UTF_8));
        assertThat(open().weights().get("lm_head.weight").file()).hasFileName(name);
    }

    @Test
    void downloadsAnEncoderWithItsHeadsAndModules() throws IOException {
        serve("bge-m3-tiny");
        server.files.put("modules.json", """
                [{"path":"","type":"sentence_transformers.models.Transformer"},
                 {"path":"1_Pooling","type":"sentence_transformers.models.Pooling"}]""".getBytes(UTF_8));
        server.files.put("1_Pooling/config.json", "{\"pooling_mode_mean_tokens\":true}".getBytes());
        server.files.put("2_LayerNorm/config.json", new byte[10]);
        EncoderCheckpoint encoder = openEncoder(FakeHub.ID);
        assertThat(encoder.hasLexicalHead() && encoder.hasTokenHead()).isTrue();
        assertThat(encoder.configuration())
                .returns(Pooling.MEAN, configuration -> configuration.output().pooling())
                .returns(false, configuration -> configuration.output().normalized());
        assertThat(list(encoder.directory()))
                .containsExactlyInAnyOrder(
                        "config.json",
                        "tokenizer.json",
                        "modules.json",
                        "1_Pooling",
                        "pytorch_model.bin",
                        "sparse_linear.pt",
                        "colbert_linear.pt");
        Path pooling = encoder.directory().resolve("1_Pooling/config.json");
        assertThat(Files.readSymbolicLink(pooling)).startsWithRaw(Path.of("../../../blobs"));
    }

    /** Another program may have fetched some of its files only. */
    @Test
    void asksOnceForWhatACachedCommitMayHave() throws IOException {
        serve("bge-m3-tiny");
        String pinned = FakeHub.ID + "@" + FakeHub.COMMIT;
        Path head = openEncoder(pinned).directory().resolve("sparse_linear.pt");
        Files.delete(head);
        assertThat(openEncoder(pinned).hasLexicalHead()).isTrue();
        server.requests.clear();
        assertThat(openEncoder(pinned).hasLexicalHead()).isTrue();
        assertThat(server.requests).isEmpty();
    }

    private EncoderCheckpoint openEncoder(String id) {
        return EncoderCheckpoint.open(id, hub().build(), EncoderTask.EMBEDDING);
    }

    @Test
    void doesNotDownloadTwice() {
        open();
        server.requests.clear();
        progress.clear();
        assertThat(open().weights()).isNotEmpty();
        assertThat(server.requests).hasSize(1);
        assertThat(server.count("GET /api/models/")).isOne();
        assertThat(progress).isEmpty();
        // a commit never changes, so there is nothing to ask
        Checkpoint.open(FakeHub.ID + "@" + FakeHub.COMMIT, hub().build());
        assertThat(server.requests).hasSize(1);
    }

    @Test
    void downloadsOnlyWhatChangedWhenABranchMoves() throws IOException {
        open();
        server.requests.clear();
        server.commit = "f".repeat(40);
        server.files.put("generation_config.json", "{\"eos_token_id\":7}".getBytes());
        assertThat(open().endTokens()).contains(7);
        assertThat(server.requests)
                .filteredOn(request -> request.line().startsWith("GET /" + FakeHub.ID)
                        || request.host().equals("storage"))
                .singleElement()
                .satisfies(request -> assertThat(request.line()).endsWith("generation_config.json"));
        assertThat(cache.resolve("models--lighthouse--tiny/refs/main")).hasContent("f".repeat(40));
    }

    @Test
    void sendsTheTokenToTheEndpointOnly() {
        open();
        assertThat(server.requests)
                .filteredOn(request -> request.host().equals("hub"))
                .isNotEmpty()
                .allSatisfy(request -> assertThat(request.authorization()).isEqualTo("Bearer hf_secret"));
        assertThat(server.requests)
                .filteredOn(request -> request.host().equals("storage"))
                .isNotEmpty()
                .allSatisfy(request -> assertThat(request.authorization()).isNull());
    }

    @Test
    void goesOnWhereTheConnectionWasCut() {
        server.cutAfter = 1000;
        server.cuts = 2;
        open();
        assertThat(server.requests)
                .filteredOn(request -> request.line().equals("GET /" + WEIGHTS))
                .extracting(FakeHub.Request::range)
                .containsExactly(null, "bytes=1000-", "bytes=2000-");
    }

    @Test
    void goesOnWhereAnEarlierProcessEnded() {
        writeIncomplete(server.files.get(WEIGHTS), 1500);
        open();
        assertThat(server.requests)
                .filteredOn(request -> request.host().equals("storage"))
                .extracting(FakeHub.Request::range)
                .containsExactly("bytes=1500-");
        assertThat(progress).contains(new DownloadProgress(WEIGHTS, 1500, server.files.get(WEIGHTS).length, 4, 5));
    }

    @Test
    void aListenerThatThrowsEndsTheDownload() {
        HubFiles hub = hub().listener(step -> {
                    throw new IllegalStateException("enough");
                })
                .build();
        assertThatThrownBy(() -> Checkpoint.open(FakeHub.ID, hub)).hasMessage("enough");
        assertThat(open().weights()).isNotEmpty();
    }

    @Test
    void startsAgainWhereTheServerCannotContinue() {
        server.ignoresRanges = true;
        writeIncomplete(server.files.get(WEIGHTS), 1500);
        assertThat(open().weights()).isNotEmpty();
    }

    @Test
    void startsAgainWhereWhatHadArrivedIsOfNoUse() {
        for (int length : List.of(1500, server.files.get(WEIGHTS).length, server.files.get(WEIGHTS).length + 10)) {
            writeIncomplete(new byte[length], length);
            assertThat(open().path().resolve(WEIGHTS)).hasBinaryContent(server.files.get(WEIGHTS));
            assertThat(incomplete()).doesNotExist();
            delete(cache.resolve("models--lighthouse--tiny"));
        }
    }

    /** Python's huggingface_hub writes there, and may be at it. */
    @Test
    void leavesThePartialFilesOfOthersAlone() throws IOException {
        String etag = FakeHub.sha256(server.files.get(WEIGHTS));
        Path others = Files.createDirectories(incomplete().getParent()).resolve(etag + ".incomplete");
        Files.write(others, new byte[1500]);
        assertThat(open().weights()).isNotEmpty();
        assertThat(others).hasBinaryContent(new byte[1500]);
        assertThat(cache.resolve(".locks/models--lighthouse--tiny").resolve(etag + ".lock"))
                .doesNotExist();
    }

    @Test
    void takesWhatAnotherProgramHasStoredInTheMeantime() throws IOException {
        byte[] weights = server.files.get(WEIGHTS);
        server.cutAfter = 1000;
        server.cuts = 1;
        HubFiles hub = hub().listener(step -> {
                    if (step.file().equals(WEIGHTS)) {
                        write(incomplete().resolveSibling(FakeHub.sha256(weights)), weights);
                    }
                })
                .build();
        assertThat(Checkpoint.open(FakeHub.ID, hub).weights()).isNotEmpty();
        assertThat(server.count("GET /" + WEIGHTS)).isOne();
        assertThat(incomplete()).doesNotExist();
    }

    /** On a network file system, say: here, the lock is deleted between the two. */
    @Test
    void twoDownloadsDoNotDestroyEachOtherWhereLocksDoNotHold() throws Exception {
        server.slow = true;
        Path sameCache = Files.createSymbolicLink(cache.resolveSibling(cache.getFileName() + "-link"), cache);
        server.together = new CountDownLatch(2);
        CompletableFuture<Checkpoint> one = CompletableFuture.supplyAsync(this::open);
        while (server.count("GET /" + WEIGHTS) == 0) {
            Thread.sleep(5);
        }
        delete(cache.resolve(".locks"));
        HubFiles other =
                hub().cache(sameCache).listener(DownloadListener.silent()).build();
        assertThat(Checkpoint.open(FakeHub.ID, other).weights()).isNotEmpty();
        assertThat(one.get().path().resolve(WEIGHTS)).hasBinaryContent(server.files.get(WEIGHTS));
        assertThat(server.count("GET /" + WEIGHTS)).isEqualTo(2);
        Files.delete(sameCache);
    }

    @Test
    void deletesWhatArrivesDamaged() throws IOException {
        byte[] damaged = server.files.get(WEIGHTS).clone();
        damaged[5000] ^= 1;
        server.storedInstead = damaged;
        assertFails(
                this::open,
                WEIGHTS,
                "arrived damaged",
                FakeHub.sha256(damaged),
                "instead of",
                FakeHub.sha256(server.files.get(WEIGHTS)));
        assertThat(list(cache.resolve("models--lighthouse--tiny/blobs"))).hasSize(4);
        server.storedInstead = new byte[damaged.length + 1];
        assertFails(this::open, "arrived damaged", (damaged.length + 1) + " bytes");
        server.storedInstead = null;
        assertThat(open().weights()).isNotEmpty();
    }

    /** The name is reserved for what cannot be resolved. */
    @Test
    void saysThatAHostCannotBeResolvedAndPromisesNothingThen() {
        HubFiles hub = hub().endpoint("http://hub.invalid").build();
        assertThatThrownBy(() -> Checkpoint.open(FakeHub.ID, hub))
                .hasMessageContaining("from http://hub.invalid to")
                .hasMessageContaining("could not be resolved; check the network")
                .hasMessageNotContaining("what has arrived");
    }

    @Test
    void saysThatWhatHasArrivedIsKeptWhenNoConnectionCanBeMadeAnyMore() {
        server.ignoresRanges = true;
        server.cutAfter = 1000;
        server.cuts = 100;
        assertFails(Problem.UNREACHABLE, this::open, "the connection was cut");
        HubFiles hub = hub().endpoint("http://hub.invalid").build();
        assertFails(Problem.UNREACHABLE, () -> Checkpoint.open(FakeHub.ID, hub), "resolved; what has arrived is kept");
    }

    @Test
    void givesUpOnAServerThatAlwaysCutsWithoutAByte() {
        server.cutAfter = 0;
        server.cuts = Integer.MAX_VALUE;
        assertFails(Problem.UNREACHABLE, this::open, FakeHub.ID, "what has arrived is kept");
        assertThat(server.count("GET /" + WEIGHTS)).isEqualTo(5);
    }

    @Test
    void givesUpOnAServerThatStartsAgainAndNeverGetsFurther() {
        server.ignoresRanges = true;
        server.cutAfter = 1000;
        server.cutsVary = true;
        server.cuts = 100;
        assertFails(Problem.UNREACHABLE, this::open, "the connection was cut");
        assertThat(server.count("GET /" + WEIGHTS)).isLessThan(10);
    }

    @Test
    void triesAgainWhenTheServerIsBusy() {
        server.failures = 3;
        assertThat(open().weights()).isNotEmpty();
    }

    @Test
    void givesUpOnAServerThatStalls() {
        server.stalls = true;
        assertGivesUp();
    }

    @Test
    void givesUpOnAServerThatDoesNotAnswer() {
        server.silent = true;
        assertGivesUp();
    }

    private void assertGivesUp() {
        HubFiles hub = hub().timeout(Duration.ofMillis(300)).build();
        assertFails(Problem.UNREACHABLE, () -> Checkpoint.open(FakeHub.ID, hub), "nothing arrived");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "401 |                  | answered 401 for the list of its files of lighthouse/tiny@main | NOT_FOUND   | set HF_TOKEN",
                "403 | GatedRepo        | answered 403 | NOT_FOUND   | accept the licence",
                "404 | RepoNotFound     | answered 404 | NOT_FOUND   | no such model",
                "404 | RevisionNotFound | answered 404 | NOT_FOUND   | has no revision main",
                "418 |                  | answered 418 | UNREACHABLE | HF_ENDPOINT",
                "503 |                  | answered 503 | UNREACHABLE | could not be downloaded"
            })
    void saysWhyTheHubRefuses(int status, String errorCode, String message, Problem problem, String advice) {
        server.status = status;
        server.errorCode = errorCode == null ? "" : errorCode;
        assertFails(problem, this::open, message, advice);
    }

    @Test
    void saysWhetherATokenWasThereWhenTheHubRefuses() {
        server.status = 403;
        assertFails(Problem.NOT_FOUND, this::open, "the token may not read it");
        assertFails(
                Problem.NOT_FOUND,
                () -> Checkpoint.open(FakeHub.ID, hub().token(null).build()),
                "may not be read without a token",
                "set HF_TOKEN");
        server.status = 401;
        assertFails(Problem.NOT_FOUND, this::open, "may have expired");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /api/                | the list of its files",
                "HEAD /lighthouse/tiny    | config.json",
                "GET /lighthouse/tiny/resolve/0123456789abcdef0123456789abcdef01234567/tokenizer.json | tokenizer.json"
            })
    void saysWhenALoginPageAnswersInTheHubsPlace(String request, String what) throws IOException {
        server.loginPageFor = request;
        assertFails(
                Problem.UNREACHABLE,
                this::open,
                "127.0.0.1 answered a web page when asked for " + what + " of lighthouse/tiny@main",
                "check HF_ENDPOINT (" + server.endpoint() + ")",
                "login page");
        server.loginPageFor = null;
        assertThat(open().path().resolve("tokenizer.json")).hasBinaryContent(server.files.get("tokenizer.json"));
        server.loginPageFor = request;
        assertThat(open().weights()).isNotEmpty();
    }

    @Test
    void takesFilesOfAMirrorWhoseMarksLookLikeHashes() throws IOException {
        server.mirror = true;
        Path weights = open().path().resolve(WEIGHTS);
        assertThat(weights).hasBinaryContent(server.files.get(WEIGHTS));
        assertThat(Files.readSymbolicLink(weights)).endsWithRaw(Path.of(FakeHub.mark(server.files.get(WEIGHTS))));
    }

    @Test
    void saysWhichFileAModelLacks() {
        server.files.keySet().removeAll(List.of(WEIGHTS, "pytorch_model.bin"));
        assertFails(this::open, "lighthouse/tiny@main has none of model.safetensors, ", "safetensors weights");
        server.files.remove("tokenizer.json");
        assertFails(this::open, "has no tokenizer.json");
    }

    @Test
    void refusesAnAnswerThatIsNoHub() {
        server.commit = "../../x";
        assertFails(this::open, "sha is \"../../x\"", "HF_ENDPOINT");
    }

    @Test
    void refusesToStartWithoutSpace() throws IOException {
        HubFiles hub = hub().usableSpace(folder -> 100_000).build();
        assertFails(
                Problem.NOT_STORED,
                () -> Checkpoint.open(FakeHub.ID, hub),
                "lighthouse/tiny@main needs " + ByteSizes.text(server.files.get(WEIGHTS).length),
                "which has 100.0 kB",
                "HF_HUB_CACHE");
        assertThat(server.count("GET /" + WEIGHTS)).isZero();
    }

    @Test
    void saysWhenTheDiskRunsFull() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full));
        Files.createDirectories(incomplete().getParent());
        Files.createSymbolicLink(incomplete(), full);
        assertFails(Problem.NOT_STORED, this::open, WEIGHTS, "could not be written to", cache.toString(), "free space");
        assertThat(server.count("GET /" + WEIGHTS)).isOne();
        Files.delete(incomplete());
    }

    @Test
    void usesTheCacheWhenOfflineOrWithoutNetwork() {
        HubFiles offline = hub().offline(true).build();
        assertFails(
                Problem.OFFLINE,
                () -> Checkpoint.open(FakeHub.ID, offline),
                "not, or not completely, in the cache",
                "HF_HUB_OFFLINE");
        assertThat(server.requests).isEmpty();
        open();
        server.requests.clear();
        assertThat(Checkpoint.open(FakeHub.ID, offline).weights()).isNotEmpty();
        assertThat(server.requests).isEmpty();
        server.status = 503;
        assertThat(open().weights()).isNotEmpty();
        server.close();
        assertThat(open().weights()).isNotEmpty();
    }

    /** As a container image may bring one. The folders that a write would need are files, which binds root, too. */
    @Test
    void usesACompleteCacheThatCannotBeWritten() throws IOException {
        Path complete = open().path();
        Path folder = cache.resolve("models--lighthouse--tiny");
        block(folder.resolve(".no_exist"));
        block(cache.resolve(".locks"));
        assertThat(open().path()).isEqualTo(complete);

        // the hub has more than Python downloaded
        Files.delete(complete.resolve("generation_config.json"));
        assertThat(open().path()).isEqualTo(complete);

        // the hub has a newer commit
        server.commit = "f".repeat(40);
        server.files.put("generation_config.json", "{\"eos_token_id\":7}".getBytes());
        assertThat(open().path()).isEqualTo(complete);
        HubFiles full = hub().usableSpace(path -> 0).build();
        assertThat(Checkpoint.open(FakeHub.ID, full).path()).isEqualTo(complete);

        // and that is not in the cache
        assertFails(
                Problem.NOT_STORED,
                () -> Checkpoint.open(FakeHub.ID + "@" + server.commit, hub().build()),
                "is not, or not completely, in the cache " + cache,
                "cannot be written",
                "HF_HUB_CACHE or HF_HOME");
    }

    @Test
    void usesANewerCommitWhoseBranchCannotBeWrittenDown() throws IOException {
        open();
        server.commit = "f".repeat(40);
        Path complete =
                Checkpoint.open(FakeHub.ID + "@" + server.commit, hub().build()).path();
        block(cache.resolve("models--lighthouse--tiny/refs"));
        assertThat(open().path()).isEqualTo(complete);
    }

    @Test
    void whoMayReadTheFilesMayReadTheBranch() throws IOException {
        Path weights = open().path().resolve(WEIGHTS);
        assumeTrue(weights.getFileSystem().supportedFileAttributeViews().contains("posix"));
        assertThat(Files.getPosixFilePermissions(cache.resolve("models--lighthouse--tiny/refs/main")))
                .isEqualTo(Files.getPosixFilePermissions(weights));
        assertThat(list(cache.resolve("models--lighthouse--tiny/refs"))).containsExactly("main");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "config.json",
                "generation_config.json",
                "tokenizer.json",
                "model.safetensors.index.json",
                "model-00002-of-00003.safetensors"
            })
    void downloadsAnewWhatIsDamagedInTheCache(String name) throws IOException {
        serve("llama3-tiny");
        String pinned = FakeHub.ID + "@" + FakeHub.COMMIT;
        Path file = Checkpoint.open(pinned, hub().build()).path().resolve(name);
        Files.write(file, new byte[] {1, 2, 3});
        server.requests.clear();
        Checkpoint checkpoint = Checkpoint.open(pinned, hub().build());
        checkpoint.openTokenizer().close();
        assertThat(file).hasBinaryContent(server.files.get(name));
        assertThat(server.requests)
                .extracting(FakeHub.Request::line)
                .filteredOn(line -> line.startsWith("GET /lighthouse"))
                .hasSize(1);
    }

    @Test
    void saysWhichFileToDeleteWhereADamagedOneCannotBeReplaced() throws IOException {
        Path file = open().path().resolve("config.json");
        Files.writeString(file, "{");
        String blob = file.toRealPath().toString();
        String[] advice = {"config.json is not valid JSON", "delete " + blob + ","};
        assertFails(
                () -> Checkpoint.open(FakeHub.ID, hub().offline(true).build()),
                advice[0],
                advice[1],
                "HF_HUB_OFFLINE forbids to compare");
        server.status = 503;
        assertFails(this::open, advice[0], advice[1], "could not be compared");
        server.status = 200;
        block(cache.resolve(".locks"));
        assertFails(this::open, advice[0], advice[1], "not be replaced");

        delete(cache.resolve(".locks"));
        Files.delete(Path.of(blob));
        assertThat(open().weights()).isNotEmpty();
    }

    /** As on Windows, where a program may not make symbolic links by itself. */
    @Test
    void saysBothNamesOfADamagedFileWhereLinksAreHardOnes() throws IOException {
        Path file = open().path().resolve("config.json");
        Path blob = file.toRealPath();
        Files.delete(file);
        Files.createLink(file, blob);
        Files.writeString(file, "{".repeat((int) Files.size(file)));
        HubFiles offline = hub().offline(true).build();
        assertFails(() -> Checkpoint.open(FakeHub.ID, offline), "delete " + file + " and " + blob + ",");

        Files.delete(file);
        Files.delete(blob);
        assertThat(open().weights()).isNotEmpty();
    }

    @Test
    void doesNotDownloadAnewWhatTheHubHasJustSo() {
        server.files.put("config.json", "{\"model_type\": \"mamba\"}".getBytes());
        assertFails(this::open, "mamba");
        server.requests.clear();
        assertFails(this::open, "mamba");
        assertThat(server.count("GET /lighthouse")).isZero();
    }

    @Test
    void endsAtOnceWhenInterrupted() throws InterruptedException {
        server.stalls = true;
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = new Thread(() -> {
            try {
                open();
            } catch (CheckpointException e) {
                thrown.set(Thread.currentThread().isInterrupted() ? e : null);
            }
        });
        thread.start();
        while (server.count("GET /" + WEIGHTS) == 0) {
            Thread.sleep(10);
        }
        // until the 100 bytes before the stall are on the disk
        Path incomplete = incomplete();
        while (!Files.exists(incomplete) || incomplete.toFile().length() < 100) {
            Thread.sleep(10);
        }
        thread.interrupt();
        thread.join(2000);
        assertThat(thread.isAlive()).isFalse();
        assertThat(thrown.get()).hasMessageContainingAll(FakeHub.ID, "interrupted", "the next call goes on from there");
        assertThat(incomplete).hasSize(100);
    }

    @Test
    void severalThreadsDownloadOnce() throws InterruptedException {
        List<Thread> threads = Stream.generate(() -> new Thread(() -> Checkpoint.open(
                        FakeHub.ID, hub().listener(DownloadListener.silent()).build())))
                .limit(4)
                .toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(server.count("GET /" + WEIGHTS)).isOne();
        assertThat(open().weights()).isNotEmpty();
    }

    @Test
    void downloadsOneFileOfADataSetIntoTheLayoutOfHuggingfaceHub() throws IOException {
        byte[] content = "{\"id\": 1}\n".repeat(500).getBytes(UTF_8);
        server.files.put("books/tasks.jsonl", content);
        server.cutAfter = 1000;
        server.cuts = 1;
        Path file = hub().build().dataSetFile(FakeHub.ID, "books/tasks.jsonl");
        Path folder = cache.resolve("datasets--lighthouse--tiny");
        assertThat(file)
                .isEqualTo(folder.resolve("snapshots").resolve(FakeHub.COMMIT).resolve("books/tasks.jsonl"))
                .hasBinaryContent(content);
        assertThat(Files.readSymbolicLink(file))
                .isEqualTo(Path.of("../../../blobs").resolve(FakeHub.sha256(content)));
        assertThat(folder.resolve("refs/main")).hasContent(FakeHub.COMMIT);
        assertThat(list(folder.resolve("blobs"))).hasSize(1);
        assertThat(server.requests)
                .extracting(FakeHub.Request::line)
                .containsExactly(
                        "GET /api/datasets/lighthouse/tiny/revision/main?blobs=true",
                        "HEAD /datasets/lighthouse/tiny/resolve/" + FakeHub.COMMIT + "/books/tasks.jsonl",
                        "GET /datasets/lighthouse/tiny/resolve/" + FakeHub.COMMIT + "/books/tasks.jsonl",
                        "GET /books/tasks.jsonl",
                        "GET /datasets/lighthouse/tiny/resolve/" + FakeHub.COMMIT + "/books/tasks.jsonl",
                        "GET /books/tasks.jsonl");

        server.close();
        assertThat(hub().build().dataSetFile(FakeHub.ID, "books/tasks.jsonl")).isEqualTo(file);
        assertThat(hub().offline(true).build().dataSetFile(FakeHub.ID + "@" + FakeHub.COMMIT, "books/tasks.jsonl"))
                .isEqualTo(file);
    }

    @Test
    void saysWhatIsWrongWithAFileOfADataSet() {
        HubFiles hub = hub().build();
        assertFails(
                () -> hub.dataSetFile(FakeHub.ID, "tasks.jsonl"),
                "datasets/lighthouse/tiny@main has no tasks.jsonl",
                "check the name");
        assertFails(
                Problem.OFFLINE,
                () -> hub().offline(true).build().dataSetFile(FakeHub.ID, "README.md"),
                "datasets/lighthouse/tiny@main is not",
                "HF_HUB_OFFLINE");
        server.status = 404;
        assertFails(
                Problem.NOT_FOUND,
                () -> hub.dataSetFile(FakeHub.ID, "README.md"),
                "there is no such data set or revision");
        server.requests.clear();
        assertFails(Problem.NOT_FOUND, () -> hub.dataSetFile("lighthouse", "README.md"), "no id of a data set");
        for (String name :
                List.of("", "../evil.json", "a/../../evil.json", "/etc/passwd", "C:\\evil", "a//b", "a?b", ".git")) {
            assertFails(Problem.NOT_FOUND, () -> hub.dataSetFile(FakeHub.ID, name), "no name of a file");
        }
        assertThat(server.requests).isEmpty();
    }

    @Test
    void aFolderThatIsNoPathIsSaidToBeNone() {
        assertThatThrownBy(() -> HubFiles.builder(name -> name.equals("HF_HOME") ? "ho\0me" : null))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("HF_HOME");
        String home = System.setProperty("user.home", "ho\0me");
        try {
            assertThatThrownBy(() -> HubFiles.builder(name -> null))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("-Duser.home");
        } finally {
            System.setProperty("user.home", home);
        }
    }

    @Test
    void readsTheEnvironmentAsHuggingfaceHubDoes() throws IOException {
        Files.writeString(cache.resolve("token"), "hf_of_the_file\n");
        open();
        Map<String, String> environment = Map.of("HF_HOME", cache.toString(), "HF_ENDPOINT", server.endpoint() + "/");
        HubFiles hub = HubFiles.builder(environment::get)
                .listener(DownloadListener.silent())
                .build();
        server.requests.clear();
        Checkpoint checkpoint = Checkpoint.open(FakeHub.ID, hub);
        assertThat(checkpoint.path()).startsWith(cache.resolve("hub"));
        assertThat(server.requests)
                .first()
                .extracting(FakeHub.Request::authorization)
                .isEqualTo("Bearer hf_of_the_file");
        HubFiles offline = HubFiles.builder(
                        Map.of("HF_HUB_CACHE", cache.resolve("hub").toString(), "HF_HUB_OFFLINE", "yes")::get)
                .build();
        assertThat(Checkpoint.open(FakeHub.ID, offline).path()).isEqualTo(checkpoint.path());
    }

    @Test
    void refusesSettingsThatCannotBe() {
        assertFails(() -> hub().endpoint("huggingface.co"), "huggingface.co", "http");
        assertFails(() -> hub().endpoint("ftp://huggingface.co"), "ftp://huggingface.co");
        assertThatThrownBy(() -> hub().token("hf_a\nb"))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("HF_TOKEN")
                .hasMessageNotContaining("hf_a");
    }

    private static void assertFails(ThrowingCallable action, String... message) {
        assertFails(Problem.UNUSABLE, action, message);
    }

    private static void assertFails(Problem problem, ThrowingCallable action, String... message) {
        assertThatThrownBy(action)
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(message)
                .extracting("problem")
                .isEqualTo(problem);
    }

    private Path incomplete() {
        return cache.resolve("models--lighthouse--tiny/blobs")
                .resolve(FakeHub.sha256(server.files.get(WEIGHTS)) + ".rapid4j.incomplete");
    }

    /** Leaves the beginning of the weights, or something else, as an earlier process would. */
    private void writeIncomplete(byte[] content, int length) {
        try {
            Files.createDirectories(incomplete().getParent());
            Files.write(incomplete(), Arrays.copyOf(content, length));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Puts a file where a folder is needed. */
    private static void block(Path folder) throws IOException {
        delete(folder);
        Files.createFile(folder);
    }

    private static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, byte[] content) {
        try {
            Files.write(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
