package dev.rapid4j.documents;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.document.splitter.DocumentSplitters;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import dev.langchain4j.store.embedding.filter.comparison.IsEqualTo;
import dev.rapid4j.internal.retrieval.BagOfWords;
import dev.rapid4j.internal.retrieval.TokenDocumentSplitter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class RapidDocumentIngestorTest {

    private static final String SPACES = " \t\n\u00a0\u2003\r\u0085\u3000";

    private final ScriptedStore store = new ScriptedStore();
    private final BagOfWords model = new BagOfWords();
    private final RapidDocumentIngestor ingestor = ingestor(store);

    private RapidDocumentIngestor ingestor(ScriptedStore store) {
        return builder(store).build();
    }

    private RapidDocumentIngestor.Builder builder(ScriptedStore store) {
        return RapidDocumentIngestor.builder()
                .embeddingStore(store)
                .embeddingModel(model)
                .splitter(new TokenDocumentSplitter(new CharacterTokens(), 8));
    }

    private static Document document(String id, String text) {
        return Document.from(text, Metadata.from(RapidDocumentIngestor.DOCUMENT_ID, id));
    }

    private static String sentences(String word, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> word + " sentence number " + i + ".")
                .collect(Collectors.joining("\n\n"));
    }

    private String read(String id) {
        return read(store, id);
    }

    /** The document as a reader of the store sees it. */
    private String read(ScriptedStore store, String id) {
        List<StoredSegment> segments = DocumentSegments.fetch(
                store,
                new IsEqualTo(RapidDocumentIngestor.DOCUMENT_ID, id),
                Embedding.from(new float[512]),
                1,
                RapidDocumentIngestor.DOCUMENT_ID);
        return DocumentSegments.newest(segments)
                .filter(DocumentSegments::complete)
                .flatMap(document -> DocumentText.of(document, List.of()))
                .map(text ->
                        text.pieces().stream().map(DocumentText.Piece::text).collect(Collectors.joining()))
                .orElse(null);
    }

    private Set<Long> versions() {
        return store.segments().stream()
                .map(segment -> segment.metadata().getLong("document_version"))
                .collect(toSet());
    }

    @Test
    void segmentsSayWhereTheyBelong() {
        String text = "  First paragraph is this.\n\nSecond paragraph is that.\n";
        ingestor.ingest(Document.from(
                text,
                Metadata.from(RapidDocumentIngestor.DOCUMENT_ID, "a")
                        .put(RapidDocumentIngestor.TITLE, "Paragraphs")
                        .put("tenant", 7)));

        assertThat(store.segments())
                .extracting(TextSegment::text)
                .containsExactlyInAnyOrder("  First paragraph is this.\n\n", "Second paragraph is that.\n");
        assertThat(store.segments()).allSatisfy(segment -> {
            Metadata metadata = segment.metadata();
            assertThat(text.startsWith(segment.text(), metadata.getInteger("start")))
                    .isTrue();
            assertThat(metadata.getString("index")).isEqualTo(segment.text().startsWith(" ") ? "0" : "1");
            assertThat(metadata.getInteger("document_segments")).isEqualTo(2);
            assertThat(metadata.getString(RapidDocumentIngestor.DOCUMENT_ID)).isEqualTo("a");
            assertThat(metadata.getString(RapidDocumentIngestor.TITLE)).isEqualTo("Paragraphs");
            assertThat(metadata.getInteger("tenant")).isEqualTo(7);
        });
    }

    @Test
    void whatIsPutTogetherIsTheOriginal() {
        Random random = new Random(11);
        for (int round = 0; round < 300; round++) {
            StringBuilder text = new StringBuilder("x");
            for (int i = random.nextInt(60); i > 0; i--) {
                for (int spaces = random.nextInt(4); spaces > 0; spaces--) {
                    text.append(SPACES.charAt(random.nextInt(SPACES.length())));
                }
                text.append(random.nextInt(9) == 0 ? "\ud83d\uddfc" : "word" + ".,;!?。，".charAt(random.nextInt(7)));
            }
            Document document = document("a", text.deleteCharAt(random.nextInt(text.length())) + "y");
            ingestor.ingest(document);
            assertThat(read("a")).isEqualTo(document.text());
        }
    }

    /** Encoders fail on a text of which they keep nothing. */
    @Test
    void whatShowsNothingIsKeptButNotEmbedded() {
        String invisible = "\n\n" + "\u200b".repeat(300) + "\n\n" + "\u0323\u0301".repeat(300) + "\n\n";
        Document document =
                document("a", invisible + sentences("Before", 20) + invisible + sentences("After", 20) + invisible);
        ingestor.ingest(document);
        assertThat(read("a")).isEqualTo(document.text());
    }

    @Test
    void anySplitterWillDoWhoseSegmentsAreInTheText() {
        String text = sentences("Any", 20);
        builder(store).splitter(DocumentSplitters.recursive(60, 30)).build().ingest(document("overlapping", text));
        assertThat(store.segments().stream()
                        .mapToInt(segment -> segment.text().length())
                        .sum())
                .isGreaterThan(text.length() + 50);
        assertThat(read("overlapping")).isEqualTo(text);

        builder(store)
                .splitter(each ->
                        List.of(TextSegment.from("not"), TextSegment.from("there", Metadata.from("start", "99999"))))
                .build()
                .ingest(document("elsewhere", text));
        assertThat(read("elsewhere")).isEqualTo("not\n\nthere");
    }

    @Test
    void ingestingAgainReplaces() {
        ingestor.ingest(document("a", sentences("Old", 9)), document("b", "Another one."));
        ingestor.ingest(document("a", sentences("New", 4)));

        assertThat(read("a")).isEqualTo(sentences("New", 4));
        assertThat(read("b")).isEqualTo("Another one.");
        assertThat(store.segments()).hasSize(5);
        assertThat(ingestor.contains("a")).isTrue();
        ingestor.remove("a");
        assertThat(ingestor.contains("a")).isFalse();
        ingestor.remove("never there");
        assertThat(store.segments()).extracting(TextSegment::text).containsExactly("Another one.");
    }

    @Test
    void documentsAreKnownByWhereTheyComeFrom() {
        Metadata file =
                Metadata.from(Document.FILE_NAME, "a.txt").put(Document.ABSOLUTE_DIRECTORY_PATH, "/home/someone");
        UUID uuid = UUID.randomUUID();
        assertThat(RapidDocumentIngestor.documentId(Document.from("x", file))).isEqualTo("/home/someone/a.txt");
        assertThat(RapidDocumentIngestor.documentId(
                        Document.from("x", file.copy().put(RapidDocumentIngestor.DOCUMENT_ID, uuid))))
                .isEqualTo(uuid.toString());
        assertThat(RapidDocumentIngestor.documentId(Document.from("x", Metadata.from("url", "http://localhost/a"))))
                .isEqualTo("http://localhost/a");
        assertThat(RapidDocumentIngestor.documentId(Document.from("x")))
                .startsWith("sha256:2d711642")
                .isNotEqualTo(RapidDocumentIngestor.documentId(Document.from("y")));
    }

    @Test
    void whateverFailsTheDocumentIsThereInOneVersion() {
        String old = sentences("Old", 9);
        ingestor.ingest(document("a", old));

        model.fault = embeddings -> {
            throw new IllegalStateException("out of memory");
        };
        assertFails("embedding model");
        assertThat(read("a")).isEqualTo(old);
        model.fault = embeddings -> List.of(Embedding.from(new float[] {Float.NaN}));
        assertFails("returned 1 vectors for passages 0 to 3 of 4");
        model.fault = embeddings -> embeddings.stream()
                .map(each -> Embedding.from(new float[] {Float.NaN}))
                .toList();
        assertFails("NaN");
        model.fault = embeddings -> embeddings;
        assertThat(read("a")).isEqualTo(old);

        // the process ends while the new version is being written
        store.beforeAdd = segments -> {
            segments.subList(0, 3).forEach(segment -> store.memory.add(Embedding.from(new float[512]), segment));
            throw new IllegalStateException("connection lost");
        };
        assertFails("ScriptedStore failed");
        assertThat(versions()).hasSize(2);
        assertThat(read("a")).isEqualTo(old);

        // or before the old one is removed
        store.beforeAdd = segments -> store.beforeRemove = filter -> {
            throw new IllegalStateException("connection lost");
        };
        assertFails("ScriptedStore failed");
        assertThat(versions()).hasSize(3);
        assertThat(read("a")).isEqualTo(sentences("New", 4));

        store.beforeAdd = segments -> {};
        store.beforeRemove = filter -> {};
        ingestor.ingest(document("a", sentences("New", 4)));
        assertThat(versions()).hasSize(1);
        assertThat(read("a")).isEqualTo(sentences("New", 4));
    }

    @Test
    void aDocumentOfWhichOnlyAPartWasWrittenIsNotContained() {
        store.beforeAdd = segments -> {
            segments.subList(0, 3).forEach(segment -> store.memory.add(Embedding.from(new float[512]), segment));
            throw new IllegalStateException("connection lost");
        };
        assertFails("ScriptedStore failed");
        assertThat(ingestor.contains("a")).isFalse();
    }

    private void assertFails(String message) {
        assertThatExceptionOfType(LangChain4jException.class)
                .isThrownBy(() -> ingestor.ingest(document("a", sentences("New", 4))))
                .withMessageContaining(message);
    }

    @Test
    void twoIngestionsAtOnceLeaveOneVersion() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 50; round++) {
                String id = "document " + round;
                CountDownLatch start = new CountDownLatch(1);
                List<String> texts = new ArrayList<>();
                List<java.util.concurrent.Future<?>> running = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    String text = sentences("Writer" + i, 3 + i);
                    texts.add(text);
                    running.add(threads.submit(() -> {
                        start.await();
                        return ingestor(store).ingest(document(id, text));
                    }));
                }
                start.countDown();
                for (var each : running) {
                    each.get(10, TimeUnit.SECONDS);
                }
                assertThat(read(id)).isIn(texts);
                assertThat(store.segments().stream()
                                .filter(segment ->
                                        id.equals(segment.metadata().getString(RapidDocumentIngestor.DOCUMENT_ID)))
                                .map(segment -> segment.metadata().getLong("document_version"))
                                .distinct())
                        .hasSize(1);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void anOlderIngestionThatWritesLateGivesWay() {
        store.beforeAdd = segments -> {
            store.beforeAdd = others -> {};
            ingestor.ingest(document("a", sentences("Faster", 3)));
        };
        ingestor.ingest(document("a", sentences("Slower", 5)));
        assertThat(read("a")).isEqualTo(sentences("Faster", 3));
        assertThat(versions()).hasSize(1);
    }

    @Test
    void aClockThatIsBehindDoesNotHideANewVersion() {
        ingestor.ingest(document("a", sentences("Old", 9)));
        long tomorrow = System.currentTimeMillis() * 1000 + 86_400_000_000L;
        store.segments().forEach(segment -> segment.metadata().put("document_version", tomorrow));
        ingestor.ingest(document("a", sentences("New", 4)));
        assertThat(read("a")).isEqualTo(sentences("New", 4));
        assertThat(versions()).hasSize(1);

        store.segments().forEach(segment -> segment.metadata().put("document_version", Long.MAX_VALUE));
        assertFails("call remove(\"a\")");
    }

    @Test
    void manySmallDocumentsAreEmbeddedTogether() {
        List<Integer> progress = new ArrayList<>();
        EmbeddingModel counting = new EmbeddingModel() {
            @Override
            public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
                return Response.from(model.embedAll(segments).content(), new TokenUsage(segments.size()));
            }
        };
        RapidDocumentIngestor batching = builder(store)
                .embeddingModel(counting)
                .embeddingBatchSize(4)
                .listener((embedded, total) -> {
                    progress.add(embedded);
                    assertThat(total).isEqualTo(13);
                    throw new IllegalStateException("must not matter");
                })
                .build();
        List<Document> documents = new ArrayList<>(IntStream.range(0, 6)
                .mapToObj(i -> document("d" + i, "Number " + i))
                .toList());
        documents.add(document("long", sentences("Long", 7)));

        assertThat(batching.ingest(documents).tokenUsage().inputTokenCount()).isEqualTo(13);
        assertThat(model.batches).containsExactly(4, 4, 4, 1);
        assertThat(progress).containsExactly(4, 8, 12, 13);
        assertThat(read("long")).isEqualTo(sentences("Long", 7));
        assertThat(read("d5")).isEqualTo("Number 5");
    }

    @Test
    void aStoreThatCannotRemoveIsLeftAlone() {
        store.beforeRemove = filter -> {
            throw new UnsupportedFeatureException("Not supported yet.");
        };
        assertThatThrownBy(() -> ingestor.ingest(document("a", "Text.")))
                .isInstanceOf(UnsupportedFeatureException.class)
                .hasMessageContaining("ScriptedStore cannot remove by metadata filter");
        assertThat(store.segments()).isEmpty();
        assertThatThrownBy(() -> ingestor.remove("a")).isInstanceOf(UnsupportedFeatureException.class);
    }

    @Test
    void nothingIsIngestedThatWouldLoseText() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ingestor.ingest(document("a", "One."), document("a", "Two.")))
                .withMessageContaining("the id 'a'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ingestor.ingest(document("b", "One."), document("a", "\u00a0")))
                .withMessageContaining("'a' has no text to ingest");
        assertThat(store.segments()).isEmpty();
        assertThat(ingestor.ingest(List.of()).tokenUsage()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"embeddingStore", "embeddingModel", "tokenCountEstimator"})
    void whatIsMissingIsSaid(String option) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RapidDocumentIngestor.builder()
                        .embeddingStore(option.equals("embeddingStore") ? null : store)
                        .embeddingModel(option.equals("embeddingModel") ? null : model)
                        .build())
                .withMessageStartingWith(option);
    }
}
