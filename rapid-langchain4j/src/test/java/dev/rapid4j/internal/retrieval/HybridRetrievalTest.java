package dev.rapid4j.internal.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.store.embedding.CosineSimilarity;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import dev.rapid4j.Passage;
import dev.rapid4j.PassageRanking;
import dev.rapid4j.Retrieval;
import dev.rapid4j.internal.embedding.EncoderEmbeddingModel;
import dev.rapid4j.internal.embedding.TextEmbedder;
import dev.rapid4j.testing.Golden;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Retrieval with an encoder of random weights: all its dense vectors are alike, its token weights are not. */
@Timeout(60)
class HybridRetrievalTest {

    private static final List<String> TOWNS =
            List.of("Aberdeen", "Brest", "Cadiz", "Dover", "Esbjerg", "Faro", "Gdansk", "Hull");
    private static final List<String> YEARS = List.of("1742", "1650", "1893", "1527", "1706", "1675", "1752", "1560");
    private static final String REGISTER = IntStream.range(0, TOWNS.size())
            .mapToObj(i -> "The lighthouse at " + TOWNS.get(i) + " was lit in " + YEARS.get(i) + ".")
            .collect(Collectors.joining("\n\n"));
    private static final RetrievalSettings ALL = new RetrievalSettings(100, -1);

    private static EncoderEmbeddingModel model;

    @BeforeAll
    static void load() {
        model = EncoderEmbeddingModel.builder()
                .model(Golden.path("bge-m3-tiny"))
                .build();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static PassageRetriever.Builder builder() {
        return PassageRetriever.builder()
                .embeddingModel(model)
                .splitter(new TokenDocumentSplitter(new QwenTokens(), 32));
    }

    private static Passage best(PassageRanking ranking, String question) {
        try (PassageRetriever retriever = builder().passageRanking(ranking).build()) {
            return retriever.retrieve(REGISTER, question, ALL).passages().stream()
                    .max(Comparator.comparingDouble(Passage::score))
                    .orElseThrow();
        }
    }

    @Test
    void aNumberThatDenseVectorsBlurIsFoundByTheLexicalView() {
        assertThat(best(PassageRanking.DENSE, "1893").text()).doesNotContain("1893");

        Passage found = best(PassageRanking.HYBRID, "1893");
        assertThat(found.text()).contains("1893").isEqualTo(REGISTER.substring(found.start(), found.end()));
        assertThat(found.index()).isEqualTo(2);
    }

    @Test
    void hybridIsTheDefaultWhereTheModelGivesAllViewsAndNoStoresAreGiven() {
        assertThat(builder().build().passageRanking()).isEqualTo(PassageRanking.HYBRID);
        assertThat(builder()
                        .embeddingStores(InMemoryEmbeddingStore::new)
                        .build()
                        .passageRanking())
                .isEqualTo(PassageRanking.DENSE);
        assertThat(builder().embeddingModel(new BagOfWords()).build().passageRanking())
                .isEqualTo(PassageRanking.DENSE);
    }

    @Test
    void hybridThatCannotBeIsRefused() {
        PassageRetriever.Builder hybrid = builder().passageRanking(PassageRanking.HYBRID);
        EmbeddingModel wrapped = model.addListener(new EmbeddingModelListener() {});

        assertThatIllegalArgumentException()
                .isThrownBy(() -> hybrid.embeddingModel(wrapped).build())
                .withMessageContaining("bge-m3-tiny")
                .withMessageContaining("RapidEmbeddingModel");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> hybrid.embeddingModel(model)
                        .embeddingStores(InMemoryEmbeddingStore::new)
                        .build())
                .withMessageContaining("embeddingStores");
    }

    @ParameterizedTest
    @EnumSource
    void passagesGoThroughTheEncoderInPassesWithProgressAfterEach(PassageRanking ranking) {
        List<Integer> progress = new ArrayList<>();
        String book = (REGISTER + "\n\n").repeat(25);
        try (PassageRetriever retriever = builder()
                .passageRanking(ranking)
                .batchSize(1)
                .listener((embedded, total) -> {
                    assertThat(total).isEqualTo(200);
                    progress.add(embedded);
                })
                .build()) {
            retriever.retrieve(book, "1893", ALL);
            assertThat(progress).hasSizeBetween(2, 10).isSorted().endsWith(200);

            progress.clear();
            assertThatExceptionOfType(CancellationException.class)
                    .isThrownBy(() ->
                            retriever.retrieve(List.of(book.substring(1)), "1893", ALL, () -> !progress.isEmpty()));
            assertThat(progress).hasSize(1);
            assertThat(retriever.retrieve(book, "1560", ALL).fromCache()).isTrue();
        }
    }

    @Test
    void questionAndPassagesGetThePrefixesTheModelWantsForThem() {
        try (EncoderEmbeddingModel prefixed = EncoderEmbeddingModel.builder()
                        .model(Golden.path("bge-m3-tiny"))
                        .queryPrefix("until ")
                        .documentPrefix("a ")
                        .build();
                PassageRetriever retriever = builder()
                        .embeddingModel(prefixed)
                        .passageRanking(PassageRanking.DENSE)
                        .build()) {
            double expected = CosineSimilarity.between(
                    model.embed("until boats").content(), model.embed("a storm").content());
            assertThat(retriever.retrieve("storm", "boats", ALL).passages())
                    .singleElement()
                    .satisfies(passage -> assertThat(passage.score()).isCloseTo(expected, within(1e-5)));
        }
    }

    @Test
    void severalTextsShareTheQuestion() {
        try (PassageRetriever retriever = builder().build()) {
            Retrieval found = retriever.retrieve(
                    List.of(REGISTER, " ", "Nothing to see", REGISTER),
                    "1893",
                    new RetrievalSettings(2, 0),
                    () -> false);

            assertThat(found.passages()).extracting(Passage::source).containsExactly(0, 3);
            assertThat(found.passages()).extracting(Passage::index).containsExactly(2, 2);
        }
    }

    @Test
    void anInterruptBetweenTwoTextsCancels() {
        try (PassageRetriever retriever = builder().build()) {
            retriever.retrieve(REGISTER, "1893", ALL);
            AtomicInteger asked = new AtomicInteger();
            assertThatExceptionOfType(CancellationException.class)
                    .isThrownBy(() -> retriever.retrieve(List.of(REGISTER, REGISTER), "1893", ALL, () -> {
                        if (asked.incrementAndGet() == 2) {
                            Thread.currentThread().interrupt();
                        }
                        return false;
                    }));
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void anIndexThatHasToGoIsFreedWhenItsSearchIsOver() {
        IndexCache cache = new IndexCache(1, 1 << 20);
        IndexCache.Lease first = cache.get("first", () -> false, HybridRetrievalTest::index);
        IndexCache.Lease again = cache.get("first", () -> false, HybridRetrievalTest::index);
        IndexCache.Lease second = cache.get("second", () -> false, HybridRetrievalTest::index);
        TextEmbedder embedder = new TextEmbedder(model, 1);
        try (Question question = new Question("1893", embedder)) {
            first.close();
            assertThat(again.index().search(question, 0, 1)).hasSize(1);
            again.close();
            assertThatExceptionOfType(LangChain4jException.class)
                    .isThrownBy(() -> again.index().search(question, 0, 1))
                    .withMessageContaining("closed");

            cache.close();
            assertThat(second.index().search(question, 0, 1)).hasSize(1);
            second.close();
            assertThatExceptionOfType(LangChain4jException.class)
                    .isThrownBy(() -> second.index().search(question, 0, 1))
                    .withMessageContaining("closed");
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> cache.get("third", () -> false, HybridRetrievalTest::index))
                .withMessageContaining("closed");
    }

    private static Index index() {
        List<TextSegment> segments = List.of(TextSegment.from(
                "Lit in 1893.",
                new Metadata()
                        .put(TokenDocumentSplitter.INDEX, "0")
                        .put(TokenDocumentSplitter.START, 0)
                        .put(TokenDocumentSplitter.END, 12)));
        return HybridIndex.of(new TextEmbedder(model, 1).passageViews(segments, (embedded, total) -> {}), segments);
    }

    @Test
    void theBudgetCountsTokenVectors() {
        String text = "storm ".repeat(400);
        try (PassageRetriever dense = builder()
                        .passageRanking(PassageRanking.DENSE)
                        .maxCachedBytes(40_000)
                        .build();
                PassageRetriever hybrid = builder().maxCachedBytes(40_000).build()) {
            for (PassageRetriever retriever : List.of(dense, hybrid)) {
                retriever.retrieve(text, "storm", ALL);
            }
            assertThat(dense.retrieve(text, "storm", ALL).fromCache()).isTrue();
            assertThat(hybrid.retrieve(text, "storm", ALL).fromCache()).isFalse();
        }
    }

    @Test
    void aClosedModelIsNamed() {
        EncoderEmbeddingModel closed = EncoderEmbeddingModel.builder()
                .model(Golden.path("bge-m3-tiny"))
                .build();
        try (PassageRetriever retriever = builder().embeddingModel(closed).build()) {
            retriever.retrieve(REGISTER, "1893", ALL);
            closed.close();
            assertThatExceptionOfType(LangChain4jException.class)
                    .isThrownBy(() -> retriever.retrieve(REGISTER, "1893", ALL))
                    .withMessageContaining("bge-m3-tiny is closed");
        }
    }
}
