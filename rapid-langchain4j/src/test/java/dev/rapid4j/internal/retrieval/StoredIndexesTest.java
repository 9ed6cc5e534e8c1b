package dev.rapid4j.internal.retrieval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.rapid4j.PassageRanking;
import dev.rapid4j.Retrieval;
import dev.rapid4j.internal.diskcache.DiskCache;
import dev.rapid4j.internal.embedding.EncoderEmbeddingModel;
import dev.rapid4j.testing.Golden;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StoredIndexesTest {

    private static final String TEXT = IntStream.range(0, 12)
            .mapToObj(i -> "The lighthouse number " + i + " was lit in " + (1700 + 7 * i) + ", and has a red tower.")
            .collect(Collectors.joining("\n\n"));
    private static final RetrievalSettings SETTINGS = new RetrievalSettings(4, -1);

    @TempDir
    private Path folder;

    private final List<Integer> embedded = new ArrayList<>();

    private Retrieval ask(EmbeddingModel model, PassageRanking ranking, int passageTokens) {
        return ask(model, ranking, passageTokens, TEXT);
    }

    private Retrieval ask(EmbeddingModel model, PassageRanking ranking, int passageTokens, String text) {
        embedded.clear();
        try (PassageRetriever retriever = retriever(model, ranking, passageTokens)) {
            return retriever.retrieve(text, "Which was lit in 1742?", SETTINGS);
        }
    }

    private PassageRetriever retriever(EmbeddingModel model, PassageRanking ranking, int passageTokens) {
        return retriever(model, ranking, passageTokens, DiskCache.open(folder, Long.MAX_VALUE));
    }

    private PassageRetriever retriever(
            EmbeddingModel model, PassageRanking ranking, int passageTokens, DiskCache disk) {
        return PassageRetriever.builder()
                .embeddingModel(model)
                .splitter(new TokenDocumentSplitter(new QwenTokens(), passageTokens))
                .passageRanking(ranking)
                .listener((done, total) -> embedded.add(done))
                .diskCache(disk)
                .build();
    }

    @ParameterizedTest
    @EnumSource
    void aTextIsEmbeddedOnceForAllProcesses(PassageRanking ranking) {
        Retrieval first;
        try (EncoderEmbeddingModel model = encoder()) {
            first = ask(model, ranking, 32);
            assertThat(embedded).isNotEmpty();
        }
        try (EncoderEmbeddingModel model = encoder()) {
            assertThat(ask(model, ranking, 32).passages()).isEqualTo(first.passages());
            assertThat(embedded).isEmpty();
            ask(model, ranking, 40);
            assertThat(embedded).isNotEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aLargeIndexIsWrittenInSeveralFilesAndUsedOnlyIfAllAreThere(PassageRanking ranking) throws IOException {
        String text = IntStream.range(0, StoredIndexes.MOST_PASSAGES + 40)
                .mapToObj(i -> "The lighthouse number " + i + " was lit in " + (1700 + i) + ".")
                .collect(Collectors.joining("\n\n"));
        try (EncoderEmbeddingModel model = encoder()) {
            Retrieval first = ask(model, ranking, 16, text);
            List<Path> files = files();
            assertThat(files).hasSizeGreaterThan(1);
            assertThat(ask(model, ranking, 16, text).passages()).isEqualTo(first.passages());
            assertThat(embedded).isEmpty();
            Files.delete(files.get(1));
            assertThat(ask(model, ranking, 16, text).passages()).isEqualTo(first.passages());
            assertThat(embedded).isNotEmpty();
            assertThat(files()).hasSameSizeAs(files);
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void anIndexThatTheFolderHasNoRoomForStopsNoOtherWriting() throws IOException {
        try (PassageRetriever retriever =
                retriever(named("one"), PassageRanking.DENSE, 32, DiskCache.open(folder, 4000))) {
            retriever.retrieve(TEXT, "Which was lit in 1742?", SETTINGS);
            retriever.retrieve("A short text.", "Which was lit in 1742?", SETTINGS);
        }
        assertThat(files()).hasSize(1);
    }

    @Test
    void aModelIsTheOneThatWasLoadedThoughItsFileIsReplaced(@TempDir Path checkpoint) throws IOException {
        try (Stream<Path> files = Files.list(Golden.path("bge-m3-tiny"))) {
            for (Path file : files.toList()) {
                Files.copy(file, checkpoint.resolve(file.getFileName()));
            }
        }
        try (EncoderEmbeddingModel model =
                        EncoderEmbeddingModel.builder().model(checkpoint).build();
                EncoderEmbeddingModel original = encoder()) {
            Path weights = checkpoint.resolve("pytorch_model.bin");
            byte[] bytes = Files.readAllBytes(weights);
            for (int i = bytes.length / 4; i < bytes.length / 2; i++) {
                bytes[i] ^= 1;
            }
            Files.delete(weights);
            Files.write(weights, bytes);
            assertThat(model.identity()).isEqualTo(original.identity());
        }
    }

    @Test
    void aModelThatDoesNotTellItsNameIsNotTrusted() {
        ask(new BagOfWords(), PassageRanking.DENSE, 32);
        assertThat(folder).isEmptyDirectory();

        ask(named("one"), PassageRanking.DENSE, 32);
        ask(named("one"), PassageRanking.DENSE, 32);
        assertThat(embedded).isEmpty();
        ask(named("another"), PassageRanking.DENSE, 32);
        assertThat(embedded).isNotEmpty();
    }

    @Test
    void theWordsAreNotOnTheDiskAndAForgottenTextIsGone() throws IOException {
        ask(named("one"), PassageRanking.DENSE, 32);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(new String(Files.readAllBytes(files.findFirst().orElseThrow()), StandardCharsets.ISO_8859_1))
                    .doesNotContain("lighthouse");
        }
        try (PassageRetriever retriever = retriever(named("another"), PassageRanking.DENSE, 40)) {
            assertThat(retriever.forget("another text")).isFalse();
            assertThat(retriever.forget(TEXT)).isTrue();
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aTextIsForgottenWithoutWaitingForKeyValueCachesThatAreWritten() throws Exception {
        DiskCache disk = DiskCache.open(folder, Long.MAX_VALUE);
        CountDownLatch written = new CountDownLatch(1);
        disk.inBackground(() -> await(written));
        PassageRetriever retriever = retriever(named("one"), PassageRanking.DENSE, 32, disk);
        try {
            retriever.retrieve(TEXT, "Which was lit in 1742?", SETTINGS);
            assertThat(CompletableFuture.supplyAsync(() -> retriever.forget(TEXT))
                            .get(20, TimeUnit.SECONDS))
                    .isTrue();
            assertThat(folder).isEmptyDirectory();
        } finally {
            written.countDown();
        }
        retriever.close();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void ofTextsThatComeFasterThanTheyAreWrittenFewStayOpen() {
        IndexWriter writer = new IndexWriter();
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch begun = new CountDownLatch(1);
        for (String text : List.of("one", "two", "three")) {
            writer.submit(
                    text,
                    each -> {
                        await(begun);
                        each.test(() -> events.add(text));
                    },
                    () -> events.add("end of " + text));
        }
        writer.cancel("two");
        begun.countDown();
        writer.await();
        assertThat(events).containsExactly("end of three", "one", "end of one", "end of two");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static EmbeddingModel named(String name) {
        return new BagOfWords() {
            @Override
            public String modelName() {
                return name;
            }
        };
    }

    private static EncoderEmbeddingModel encoder() {
        return EncoderEmbeddingModel.builder().model(Golden.path("bge-m3-tiny")).build();
    }
}
