package dev.rapid4j;

import static dev.langchain4j.model.embedding.request.EmbeddingInputType.DOCUMENT;
import static dev.langchain4j.model.embedding.request.EmbeddingInputType.QUERY;
import static dev.rapid4j.RapidEmbeddingModel.PROGRESS_LISTENER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.scoring.ScoringModel;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.aggregator.ReRankingContentAggregator;
import dev.langchain4j.rag.query.Query;
import dev.rapid4j.internal.embedding.TextViews;
import dev.rapid4j.testing.ExpectedViews;
import dev.rapid4j.testing.Golden;
import dev.rapid4j.testing.Log;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RapidEmbeddingModelTest {

    private static final List<ExpectedViews> EXPECTED = ExpectedViews.all();

    private static final Offset<Float> EXACT = within(1e-5f);

    private static RapidEmbeddingModel model;

    @TempDir
    Path folder;

    @BeforeAll
    static void load() {
        model = builder().build();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static RapidEmbeddingModel.Builder builder() {
        return RapidEmbeddingModel.builder().model(Golden.path("bge-m3-tiny"));
    }

    private static EmbeddingRequest request(List<String> texts, EmbeddingProgressListener listener) {
        return EmbeddingRequest.builder()
                .inputs(texts.toArray(String[]::new))
                .parameters(EmbeddingRequestParameters.builder()
                        .set(PROGRESS_LISTENER, listener)
                        .build())
                .build();
    }

    private static List<float[]> vectors(EmbeddingModel model, List<String> texts) {
        return model.embed(request(texts, null)).embeddings().stream()
                .map(embedding -> embedding.vector())
                .toList();
    }

    private static float[] vector(EmbeddingModel model, String text) {
        return vectors(model, List.of(text)).get(0);
    }

    @Test
    void allThreeViewsAreFlagEmbeddingsForEachTextAlone() {
        for (ExpectedViews expected : EXPECTED) {
            assertViews(model.embedViews(List.of(expected.text())).get(0), expected);
        }
    }

    @Test
    void inBatchesWithOtherTextsTheyAreTheSame() {
        List<ExpectedViews> many = new ArrayList<>(EXPECTED);
        for (int i = 0; i < 4; i++) {
            many.addAll(EXPECTED);
        }
        Collections.shuffle(many, new Random(1));
        List<String> texts = many.stream().map(ExpectedViews::text).toList();

        List<BgeM3Embedding> views = model.embedViews(texts);
        List<float[]> dense = vectors(model, texts);

        for (int i = 0; i < many.size(); i++) {
            assertViews(views.get(i), many.get(i));
            assertThat(dense.get(i)).containsExactly(many.get(i).dense(), EXACT);
        }
    }

    private static void assertViews(BgeM3Embedding views, ExpectedViews expected) {
        assertThat(views.dense().vector()).containsExactly(expected.dense(), EXACT);
        assertThat(views.lexicalWeights())
                .containsOnlyKeys(expected.lexicalWeights().keySet())
                .allSatisfy((id, weight) ->
                        assertThat(weight).isCloseTo(expected.lexicalWeights().get(id), EXACT));
        assertThat(flat(views.tokenVectors())).containsExactly(expected.tokenVectors(), EXACT);
    }

    private static float[] flat(float[][] rows) {
        FloatBuffer flat = FloatBuffer.allocate(rows.length * rows[0].length);
        for (float[] row : rows) {
            flat.put(row);
        }
        return flat.array();
    }

    @Test
    void theResponseTellsModelAndTokens() {
        EmbeddingResponse response = model.embed(request(List.of("", "東京"), null));

        assertThat(response.metadata().modelName()).isEqualTo("bge-m3-tiny");
        assertThat(response.metadata().tokenUsage().inputTokenCount()).isEqualTo(3);
        assertThat(model.dimension()).isEqualTo(64);
        assertThat(model.maxTokens()).isEqualTo(512);
    }

    @Test
    void lexicalWeightsCanBeRead() {
        assertThat(model.embedViews(List.of("東京")).get(0).lexicalWeights().keySet().stream()
                        .map(model::tokenText))
                .contains("東", "京");
    }

    @Test
    void longTextsAreCutAndCounted() {
        try (RapidEmbeddingModel narrow = builder().maxTokens(5).build()) {
            String log = Log.during(
                    () -> assertThat(vector(narrow, "東京 and the rest")).containsExactly(vector(model, "東京"), EXACT));
            assertThat(log).contains("WARN dev.rapid4j.RapidEmbeddingModel ").hasLineCount(1);
            assertThat(narrow.truncatedInputs()).isEqualTo(1);
            vectors(narrow, List.of("東京", "until, until", "until, until"));
            assertThat(narrow.truncatedInputs()).isEqualTo(3);
        }
        assertThat(model.embed("lighthouse ".repeat(10_000)).content().dimension())
                .isEqualTo(64);
    }

    @Test
    void controlTokensInATextAreText() {
        assertThat(model.embedViews(List.of("</s>")).get(0).lexicalWeights().keySet())
                .isNotEmpty()
                .allMatch(id -> id > 4);
    }

    @Test
    void theInputTypeDecidesOnThePrefix() {
        try (RapidEmbeddingModel prefixed = builder()
                .queryPrefix("until ")
                .documentPrefix("a ")
                .inputType(DOCUMENT)
                .build()) {
            EmbeddingRequest query =
                    EmbeddingRequest.builder().input("storm").inputType(QUERY).build();

            assertThat(prefixed.embed(query).embeddings().get(0).vector())
                    .containsExactly(vector(model, "until storm"), EXACT);
            assertThat(prefixed.embed("storm").content().vector()).containsExactly(vector(model, "a storm"), EXACT);
            assertThat(prefixed.embedViews(List.of("storm")).get(0).dense().vector())
                    .containsExactly(vector(model, "a storm"), EXACT);
        }
    }

    @Test
    void progressIsToldAfterEveryPass() {
        List<String> progress = new ArrayList<>();
        EmbeddingProgressListener listener = (embedded, total) -> progress.add(embedded + "/" + total);
        try (RapidEmbeddingModel small =
                builder().batchTokens(12).progressListener(listener).build()) {
            small.embedAll(
                    List.of(TextSegment.from("東京"), TextSegment.from("until until until"), TextSegment.from("東京")));
            assertThat(progress).containsExactly("1/3", "3/3");
            small.embed(request(List.of("東京"), (embedded, total) -> {
                throw new IllegalStateException("no console (this test wants it so)");
            }));
            assertThat(progress).hasSize(2);
        }
    }

    @Test
    void aListenerMayCancel() {
        List<Integer> passes = new ArrayList<>();
        try (RapidEmbeddingModel small = builder().batchTokens(1).build()) {
            assertThatExceptionOfType(CancellationException.class)
                    .isThrownBy(() -> small.embed(request(List.of("a", "b", "c"), (embedded, total) -> {
                        passes.add(embedded);
                        throw new CancellationException("enough");
                    })));
        }
        assertThat(passes).containsExactly(1);
    }

    @Test
    void tellsHowFarLoadingIsAndGoesOnIfTheListenerThrows() {
        List<String> told = new ArrayList<>();
        ProgressListener listener = new ProgressListener() {
            @Override
            public void onLoading(String model, String device) {
                told.add("begins");
            }

            @Override
            public void onLoading(String model, long loaded, long total) {
                told.add(loaded == 0 ? "nothing" : loaded < total ? "a part" : "all");
                throw new IllegalStateException("of a listener");
            }

            @Override
            public void onLoaded(String model, long bytes, Duration elapsed) {
                told.add("loaded");
            }
        };
        try (RapidEmbeddingModel small = builder().loadingListener(listener).build()) {
            assertThat(told.stream().distinct()).containsExactly("begins", "nothing", "a part", "all", "loaded");
            assertThat(small.embed("a").content().dimension()).isEqualTo(64);
        }
    }

    @Test
    void anInterruptedThreadEndsAfterThePassAndStaysInterrupted() {
        List<Integer> passes = new ArrayList<>();
        try (RapidEmbeddingModel small = builder().batchTokens(1).build()) {
            assertThatExceptionOfType(LangChain4jException.class)
                    .isThrownBy(() -> small.encoder().views(List.of("a", "b", "c"), DOCUMENT, (embedded, total) -> {
                        passes.add(embedded);
                        Thread.currentThread().interrupt();
                    }))
                    .withMessageContaining("interrupted");
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(passes).containsExactly(1);
    }

    @Test
    void anInterruptedThreadTokenisesNoMoreTexts() {
        List<Integer> read = new ArrayList<>();
        List<String> texts = new AbstractList<>() {
            @Override
            public String get(int index) {
                read.add(index);
                Thread.currentThread().interrupt();
                return "a";
            }

            @Override
            public int size() {
                return 1000;
            }
        };
        assertThatExceptionOfType(LangChain4jException.class)
                .isThrownBy(() -> model.encoder().views(texts, DOCUMENT, (embedded, total) -> {}))
                .withMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(read).hasSizeLessThan(3);
    }

    @Test
    void closingEndsWhatIsUnderWay() {
        RapidEmbeddingModel small = builder().batchTokens(1).build();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        CompletableFuture<TextViews> embedding = CompletableFuture.supplyAsync(
                () -> small.encoder().views(List.of("a", "b"), DOCUMENT, (embedded, total) -> {
                    begun.countDown();
                    await(closed);
                }));
        await(begun);
        small.close();
        small.close();
        closed.countDown();

        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(embedding::join)
                .havingCause()
                .isInstanceOf(IllegalStateException.class)
                .withMessageContaining("closed");
        assertThatIllegalStateException()
                .isThrownBy(() -> small.embed("a"))
                .withMessageContaining("bge-m3-tiny is closed");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void manyThreadsGetTheirOwnVectors() {
        List<CompletableFuture<float[]>> together = EXPECTED.stream()
                .map(expected -> CompletableFuture.supplyAsync(
                        () -> vector(model, expected.text()), task -> new Thread(task).start()))
                .toList();
        for (int i = 0; i < EXPECTED.size(); i++) {
            assertThat(together.get(i).join()).containsExactly(EXPECTED.get(i).dense(), EXACT);
        }
    }

    @Test
    void scoresAreTheWeightedMeanOfTheThreeViews() {
        List<String> texts = EXPECTED.stream().map(ExpectedViews::text).toList();
        BgeM3Embedding question =
                model.embedViews(List.of("harbour until 1893")).get(0);
        List<BgeM3Embedding> passages = model.embedViews(texts);
        try (TextViews views = model.encoder().views(texts, DOCUMENT, (embedded, total) -> {});
                TextViews query =
                        model.encoder().views(List.of("harbour until 1893"), QUERY, (embedded, total) -> {})) {
            double[] scores = views.score(query, RankingWeights.DEFAULT);
            for (int i = 0; i < scores.length; i++) {
                assertThat(scores[i]).isCloseTo(score(question, passages.get(i)), within(2e-4));
            }
        }
    }

    /** As FlagEmbedding computes it, with nothing but the views. */
    private static double score(BgeM3Embedding question, BgeM3Embedding passage) {
        double lexical = 0;
        for (Map.Entry<Integer, Float> entry : question.lexicalWeights().entrySet()) {
            lexical += entry.getValue() * passage.lexicalWeights().getOrDefault(entry.getKey(), 0f);
        }
        double tokens = 0;
        for (float[] vector : question.tokenVectors()) {
            double best = -1;
            for (float[] other : passage.tokenVectors()) {
                best = Math.max(best, dot(vector, other));
            }
            tokens += best / question.tokenVectors().length;
        }
        double dense = dot(question.dense().vector(), passage.dense().vector());
        return 0.4 * dense + 0.2 * lexical + 0.4 * tokens;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    @Test
    void theScoringModelReRanks() {
        ScoringModel scoring = model.scoringModel(new RankingWeights(0, 1, 0));
        List<Content> found = List.of(Content.from("no, no"), Content.from("sky"), Content.from("1893 in 東京"));

        List<Content> ranked = ReRankingContentAggregator.builder()
                .scoringModel(scoring)
                .build()
                .aggregate(Map.of(Query.from("東京"), List.of(found)));

        assertThat(ranked.get(0).textSegment().text()).isEqualTo("1893 in 東京");
        assertThat(scoring.scoreAll(List.of(), "東京").content()).isEmpty();
    }

    @Test
    void manyTextsAreScoredAsByThemselvesAndTheirTokensCounted() {
        ScoringModel scoring = model.scoringModel();
        String text = "storm and light ".repeat(8);
        int tokens = model.embed(request(List.of(text), null)).tokenUsage().inputTokenCount();
        List<TextSegment> many = new ArrayList<>(Collections.nCopies((1 << 17) / tokens, TextSegment.from(text)));
        many.add(TextSegment.from("1893 in 東京"));

        Response<List<Double>> scored = scoring.scoreAll(many, "東京");

        assertThat(scored.content()).hasSameSizeAs(many);
        assertThat(scored.content().get(many.size() - 1))
                .isCloseTo(scoring.score("1893 in 東京", "東京").content(), within(1e-3));
        double alone = scoring.score(text, "東京").content();
        assertThat(scored.content().subList(0, many.size() - 1))
                .allSatisfy(score -> assertThat(score).isCloseTo(alone, within(1e-3)));
        assertThat(scored.tokenUsage().inputTokenCount()).isGreaterThan((many.size() - 1) * tokens);
    }

    @Test
    void withoutTheHeadsThereAreDenseVectorsOnly() throws IOException {
        for (String file : List.of("config.json", "pytorch_model.bin", "tokenizer.json")) {
            Files.copy(Golden.path("bge-m3-tiny").resolve(file), folder.resolve(file));
        }
        try (RapidEmbeddingModel headless =
                // without the heads of BGE-M3 it would be the mean
                RapidEmbeddingModel.builder()
                        .model(folder.toString())
                        .pooling(Pooling.CLS)
                        .build()) {
            assertThat(vector(headless, EXPECTED.get(0).text()))
                    .containsExactly(EXPECTED.get(0).dense(), EXACT);
            try (RapidEmbeddingModel mean =
                    RapidEmbeddingModel.builder().model(folder).build()) {
                assertThat(vector(mean, "storm")).isNotEqualTo(vector(headless, "storm"));
            }
            assertThat(headless.hasAllViews()).isFalse();
            assertThatExceptionOfType(UnsupportedFeatureException.class)
                    .isThrownBy(() -> headless.embedViews(List.of("a")))
                    .withMessageContaining("has no sparse_linear.pt and no colbert_linear.pt");
            assertThatExceptionOfType(UnsupportedFeatureException.class)
                    .isThrownBy(headless::scoringModel)
                    .withMessageContainingAll("scoringModel() of a RapidEngine", "RapidScoringModel");
        }
    }

    @Test
    void optionsThatDoNotFitAreRefusedByName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().maxTokens(513).build())
                .withMessageContaining("maxTokens must be from 3 to 512");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().maxTokens(2).build())
                .withMessageContaining("maxTokens");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().inputType(QUERY).build())
                .withMessageContaining("queryPrefix");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().model(" "))
                .withMessageContaining("model");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().device("gpu").build())
                .withMessageContaining("'gpu'");
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> RapidEmbeddingModel.builder().model(folder).build())
                .withMessageContaining("config.json");
    }
}
