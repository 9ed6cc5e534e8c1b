package dev.rapid4j.samples.documentstore;

import static dev.langchain4j.store.embedding.filter.MetadataFilterBuilder.metadataKey;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.rag.AugmentationRequest;
import dev.langchain4j.rag.AugmentationResult;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.service.Result;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.pgvector.DefaultMetadataStorageConfig;
import dev.langchain4j.store.embedding.pgvector.MetadataStorageConfig;
import dev.langchain4j.store.embedding.pgvector.MetadataStorageMode;
import dev.langchain4j.store.embedding.pgvector.PgVectorEmbeddingStore;
import dev.rapid4j.documents.RapidDocumentIngestor;
import dev.rapid4j.documents.RapidRetrievalAugmentor;
import dev.rapid4j.internal.prompt.MessageDocuments;
import dev.rapid4j.internal.retrieval.TokenDocumentSplitter;
import dev.rapid4j.samples.lighthouse.Fact;
import dev.rapid4j.samples.lighthouse.Lighthouse;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RapidOnPgVectorIT {

    private static final EmbeddingModel WORDS = new WordVectors(64);

    private static TestDatabase database;

    @BeforeAll
    static void openDatabase() {
        database = TestDatabase.open();
    }

    @AfterAll
    static void closeDatabase() {
        if (database != null) {
            database.close();
        }
    }

    @Test
    void tenThousandSegmentsAnswerAndAnswerAgainAfterARestart() {
        Registers registers = Registers.of(160);
        Lighthouse lighthouse = registers.all().lighthouses().get(4321);
        String question = "Who keeps the light at " + lighthouse.place() + "?";

        Result<String> before;
        try (Library library = open("many")) {
            library.engine()
                    .documentIngestor(library.store())
                    .splitter(new TokenDocumentSplitter(library.engine().tokenCountEstimator(), 48))
                    .build()
                    .ingest(registers.documents());
            before = library.librarian().answer(question);
        }
        long rows = rows("many");
        assertThat(rows).isGreaterThan(10_000);
        assertThat(before.content()).isEqualTo(Fact.KEEPER.sentence(lighthouse));
        assertThat(before.sources().get(0).textSegment().metadata().getString(RapidDocumentIngestor.DOCUMENT_ID))
                .isEqualTo("register-" + (4321 / Registers.LIGHTHOUSES + 1));

        try (Library library = open("many")) {
            Result<String> after = library.librarian().answer(question);
            assertThat(after.content()).isEqualTo(before.content());
            assertThat(texts(after.sources())).isEqualTo(texts(before.sources()));
        }
        assertThat(rows("many")).isEqualTo(rows);
    }

    @Test
    void theSampleFindsItsDocumentsWhenItIsStartedAgain() throws Exception {
        List<String> first = runSample("1");
        assertThat(first).anyMatch(line -> line.startsWith("0 of them found in the store, 1 ingested"));
        assertThat(first).anyMatch(line -> line.contains("[right"));

        List<String> second = runSample("1");
        assertThat(second).anyMatch(line -> line.startsWith("1 of them found in the store, 0 ingested"));
        assertThat(answers(second)).isEqualTo(answers(first));
    }

    @Test
    void aDocumentIngestedAgainReplacesItsOlderVersion() {
        EmbeddingStore<TextSegment> store = store("replaced", database.dataSource());
        RapidDocumentIngestor ingestor = ingestor(store);
        ingestor.ingest(document("a", "old", 40), document("b", "other", 30));
        ingestor.ingest(document("a", "new", 20));

        assertThat(rows("replaced")).isEqualTo(50);
        assertThat(augmented(store, "new words 7"))
                .contains(document("a", "new", 20).text())
                .doesNotContain("old");
        ingestor.remove("a");
        assertThat(rows("replaced")).isEqualTo(30);
    }

    @Test
    void twoIngestionsOfADocumentAtOnceLeaveOneOfTheTwo() {
        EmbeddingStore<TextSegment> store = store("concurrent", database.dataSource());
        for (int round = 0; round < 5; round++) {
            List<CompletableFuture<Void>> ingestions = Stream.of("red", "green")
                    .map(colour ->
                            CompletableFuture.runAsync(() -> ingestor(store).ingest(document("a", colour, 50))))
                    .toList();
            ingestions.forEach(CompletableFuture::join);

            assertThat(rows("concurrent")).isEqualTo(50);
            String text = augmented(store, "words 7");
            assertThat(text.contains(document("a", "red", 50).text()))
                    .isNotEqualTo(text.contains(document("a", "green", 50).text()));
        }
    }

    @ParameterizedTest
    @MethodSource
    void aDocumentIsPutTogetherHoweverMetadataAreStored(MetadataStorageConfig metadata) {
        EmbeddingStore<TextSegment> store = PgVectorEmbeddingStore.datasourceBuilder()
                .datasource(database.dataSource())
                .table("metadata_" + metadata.storageMode().name().toLowerCase(Locale.ROOT))
                .dimension(WORDS.dimension())
                .metadataStorageConfig(metadata)
                .build();
        ingestor(store).ingest(document("a", "old", 40), document("b", "other", 30));
        ingestor(store).ingest(document("a", "new", 20));

        assertThat(augmented(store, "new words 7"))
                .contains(document("a", "new", 20).text())
                .doesNotContain("old");
    }

    /** The store leaves out the parentheses around "is null or is not" when another condition is added to it. */
    @Test
    void aFilterThatTheStoreMisreadsMixesNoDocuments() {
        EmbeddingStore<TextSegment> store = store("filtered", database.dataSource());
        ingestor(store).ingest(document("a", "red", 20), document("b", "green", 20));

        AugmentationResult result = RapidRetrievalAugmentor.builder()
                .embeddingStore(store)
                .embeddingModel(WORDS)
                .tokenCountEstimator(new WordCount())
                .maxContextTokens(10_000)
                .maxSegments(1)
                .filter(metadataKey("tenant").isNotEqualTo("you"))
                .build()
                .augment(request("red words 7"));

        assertThat(text(result)).contains(document("a", "red", 20).text()).doesNotContain("green");
    }

    static Stream<MetadataStorageConfig> aDocumentIsPutTogetherHoweverMetadataAreStored() {
        return Stream.of(
                DefaultMetadataStorageConfig.defaultConfig(),
                DefaultMetadataStorageConfig.builder()
                        .storageMode(MetadataStorageMode.COMBINED_JSONB)
                        .columnDefinitions(List.of("metadata JSONB NULL"))
                        .build(),
                // there can be no column "end", which is a word of SQL
                DefaultMetadataStorageConfig.builder()
                        .storageMode(MetadataStorageMode.COLUMN_PER_KEY)
                        .columnDefinitions(List.of(
                                "document_id TEXT NULL",
                                "document_version BIGINT NULL",
                                "document_segments INTEGER NULL",
                                "index TEXT NULL",
                                "start INTEGER NULL",
                                "title TEXT NULL"))
                        .indexes(List.of("document_id"))
                        .build());
    }

    @Test
    void whatAnApproximateIndexDoesNotFindIsMarkedAsLeftOut() {
        PgVectorEmbeddingStore.DatasourceBuilder store = PgVectorEmbeddingStore.datasourceBuilder()
                .table("approximate")
                .dimension(WORDS.dimension())
                .indexListSize(20);
        Document document = document("a", "left", 300);
        ingestor(store.datasource(database.dataSource()).build()).ingest(document);
        // without the first option the planner knows better than to use it
        String index = database.url() + "&options=-c%20enable_seqscan=off";
        EmbeddingStore<TextSegment> oneList =
                store.datasource(Stores.dataSource(index)).useIndex(true).build();
        EmbeddingStore<TextSegment> asManyAsItTakes = store.datasource(
                        Stores.dataSource(index + "%20-c%20ivfflat.iterative_scan=relaxed_order"))
                .build();

        assertThat(augmented(oneList, "left words 7"))
                .contains("left words 7", MessageDocuments.OMISSION)
                .doesNotContain(document.text());
        assertThat(augmented(asManyAsItTakes, "left words 7")).contains(document.text());
    }

    @Test
    void aStoreOfAnotherDimensionSaysWhatToDo() {
        EmbeddingStore<TextSegment> store = store("dimensions", database.dataSource());
        ingestor(store).ingest(document("a", "secret", 5));
        EmbeddingModel other = new WordVectors(32);

        assertThatThrownBy(() -> ingestor(store, other).ingest(document("b", "secret", 5)))
                .isInstanceOf(LangChain4jException.class)
                .hasMessageContaining("PgVectorEmbeddingStore")
                .hasMessageContaining("dimensions")
                .hasStackTraceContaining("32")
                .satisfies(e -> assertThat(stackTrace(e)).doesNotContain("secret words"));
        assertThatThrownBy(() -> augmentor(store, other).augment(request("secret words 3")))
                .isInstanceOf(LangChain4jException.class)
                .hasMessageContaining("PgVectorEmbeddingStore")
                .hasMessageContaining("dimensions");
    }

    @Test
    void aStoreThatFailsBehindTheSearchLeavesWhatWasFound() {
        AtomicReference<Runnable> beforeConnecting = new AtomicReference<>(() -> {});
        EmbeddingStore<TextSegment> store = store("lost", intercepted(database.dataSource(), beforeConnecting));
        ingestor(store).ingest(document("a", "kept", 50));
        AtomicInteger connections = new AtomicInteger();
        beforeConnecting.set(() -> {
            if (connections.incrementAndGet() == 2) {
                database.execute("DROP TABLE lost");
            }
        });

        AugmentationResult result = augmentor(store, WORDS).augment(request("kept words 7"));

        assertThat(connections).as("one search, one for the whole document").hasValue(2);
        assertThat(result.contents()).hasSize(8);
        assertThat(text(result)).contains(texts(result.contents())).contains(MessageDocuments.OMISSION);
    }

    @Test
    void aStoreThatFailsAtTheSearchIsNamed() {
        EmbeddingStore<TextSegment> store = store("dropped", database.dataSource());
        database.execute("DROP TABLE dropped");

        assertThatThrownBy(() -> augmentor(store, WORDS).augment(request("words 7")))
                .isInstanceOf(LangChain4jException.class)
                .hasMessageContaining("PgVectorEmbeddingStore")
                .hasMessageContaining("relation \"dropped\" does not exist");
        assertThatThrownBy(() -> ingestor(store).ingest(document("a", "secret", 5)))
                .isInstanceOf(LangChain4jException.class)
                .hasMessageContaining("PgVectorEmbeddingStore");
    }

    private static EmbeddingStore<TextSegment> store(String table, DataSource dataSource) {
        return Stores.pgvector(dataSource, table, WORDS.dimension());
    }

    private static Library open(String table) {
        return Library.open(store(table, database.dataSource()), WORDS);
    }

    private static RapidDocumentIngestor ingestor(EmbeddingStore<TextSegment> store) {
        return ingestor(store, WORDS);
    }

    private static RapidDocumentIngestor ingestor(EmbeddingStore<TextSegment> store, EmbeddingModel embeddingModel) {
        return RapidDocumentIngestor.builder()
                .embeddingStore(store)
                .embeddingModel(embeddingModel)
                .splitter(document -> document.text()
                        .lines()
                        .map(line -> TextSegment.from(line, document.metadata()))
                        .toList())
                .build();
    }

    private static RapidRetrievalAugmentor augmentor(EmbeddingStore<TextSegment> store, EmbeddingModel embeddingModel) {
        return RapidRetrievalAugmentor.builder()
                .embeddingStore(store)
                .embeddingModel(embeddingModel)
                .tokenCountEstimator(new WordCount())
                .maxContextTokens(10_000)
                .build();
    }

    /** A document of so many segments. */
    private static Document document(String id, String name, int lines) {
        return Document.from(
                IntStream.range(0, lines).mapToObj(i -> name + " words " + i).collect(joining("\n")),
                Metadata.from(RapidDocumentIngestor.DOCUMENT_ID, id));
    }

    private static AugmentationRequest request(String question) {
        UserMessage message = UserMessage.from(question);
        return new AugmentationRequest(message, dev.langchain4j.rag.query.Metadata.from(message, "id", List.of()));
    }

    private static String augmented(EmbeddingStore<TextSegment> store, String question) {
        return text(augmentor(store, WORDS).augment(request(question)));
    }

    private static String text(AugmentationResult result) {
        return ((UserMessage) result.chatMessage()).singleText();
    }

    private static List<String> texts(List<Content> sources) {
        return sources.stream()
                .map(source -> source.textSegment().text().strip())
                .toList();
    }

    private static long rows(String table) {
        return database.number("SELECT count(*) FROM " + table);
    }

    private static DataSource intercepted(DataSource dataSource, AtomicReference<Runnable> beforeConnecting) {
        return (DataSource) Proxy.newProxyInstance(
                DataSource.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("getConnection")) {
                        beforeConnecting.get().run();
                    }
                    return method.invoke(dataSource, arguments);
                });
    }

    private static String stackTrace(Throwable e) {
        StringWriter trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace));
        return trace.toString();
    }

    /** The lines the sample prints in a JVM of its own. */
    private static List<String> runSample(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-classpath",
                System.getProperty("java.class.path"),
                DocumentStore.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put(TestDatabase.URL, database.url());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.lines().toList();
    }

    /** From the first question on, without what differs from run to run. */
    private static List<String> answers(List<String> output) {
        return output.stream()
                .dropWhile(line -> !line.startsWith(">"))
                .map(line -> line.replaceAll("\\d+\\.\\d s", ""))
                .toList();
    }
}
