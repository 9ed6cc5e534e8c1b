package dev.rapid4j.internal.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import dev.rapid4j.Passage;
import dev.rapid4j.Retrieval;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PassageRetrieverTest {

    private static final List<String> TOWNS =
            List.of("Aberdeen", "Brest", "Cadiz", "Dover", "Esbjerg", "Faro", "Gdansk", "Hull");
    private static final RetrievalSettings THREE = new RetrievalSettings(3, 0.3);

    private final BagOfWords model = new BagOfWords();
    private final List<String> progress = new ArrayList<>();
    private final AtomicInteger stores = new AtomicInteger();

    private PassageRetriever.Builder builder() {
        return PassageRetriever.builder()
                .embeddingModel(model)
                .splitter(new TokenDocumentSplitter(new QwenTokens(), 64))
                .embeddingStores(() -> {
                    stores.incrementAndGet();
                    return new InMemoryEmbeddingStore<>();
                })
                .listener((embedded, total) -> progress.add(embedded + "/" + total))
                .batchSize(3);
    }

    private static String register(String what) {
        return String.join(
                "\n\n",
                TOWNS.stream()
                        .map(town -> what + " of " + town + ": there keeper Smith" + town + " lives happily.")
                        .toList());
    }

    @Test
    void findsTheBestPassagesInTextOrderWithTheirPositions() {
        String text = register("Lighthouse");
        Retrieval found = builder()
                .build()
                .retrieve(text, "Gdansk SmithGdansk, Brest SmithBrest?", new RetrievalSettings(2, 0.3));

        assertThat(found.passages())
                .hasSize(2)
                .allSatisfy(passage -> {
                    assertThat(passage.text()).isEqualTo(text.substring(passage.start(), passage.end()));
                    assertThat(passage.score()).isBetween(0.3, 1.0);
                })
                .extracting(Passage::index)
                .containsExactly(1, 6);
        assertThat(found.joined(0))
                .isEqualTo("Lighthouse of Brest: there keeper SmithBrest lives happily.\n\n"
                        + "Lighthouse of Gdansk: there keeper SmithGdansk lives happily.");
        assertThat(found.fromCache()).isFalse();
        assertThat(found.elapsed()).isPositive();
    }

    /** Encoders fail on a text of which they keep nothing. */
    @Test
    void passagesThatShowNothingAreNotEmbedded() {
        String invisible = "\n\n" + "\u200b".repeat(300) + "\n\n" + "\u0323\u0301".repeat(300) + "\n\n";
        Retrieval found = builder()
                .build()
                .retrieve(
                        register("Lighthouse") + invisible + "Lighthouse of Oslo: there keeper SmithOslo lives.",
                        "Oslo SmithOslo?",
                        new RetrievalSettings(1, 0.3));

        assertThat(found.passages()).extracting(Passage::text).allMatch(text -> text.contains("SmithOslo"));
    }

    @Test
    void keepsTheMostSimilarPassageIfNoneIsSimilarEnough() {
        Retrieval found = builder().build().retrieve(register("Lighthouse"), "Dover?", new RetrievalSettings(3, 0.9));
        assertThat(found.passages()).singleElement().satisfies(passage -> {
            assertThat(passage.text()).contains("Dover");
            assertThat(passage.score()).isLessThan(0.9);
        });
    }

    @Test
    void scoresAreCosinesWhateverTheLengthOfTheVectors() {
        Retrieval found = builder().build().retrieve("red light", "red green red green", new RetrievalSettings(1, 0));
        assertThat(found.passages())
                .singleElement()
                .satisfies(passage ->
                        assertThat(passage.score()).isCloseTo(0.5, org.assertj.core.data.Offset.offset(1e-6)));
    }

    @Test
    void sharesThePassagesBetweenSeveralTexts() {
        String lights = register("Lighthouse");
        String pubs = register("Pub");
        Retrieval found = builder()
                .build()
                .retrieve(List.of(lights, " ", pubs), "pub of Hull, keeper SmithHull", THREE, () -> false);
        assertThat(found.passages()).hasSize(3).isSortedAccordingTo((a, b) -> Integer.compare(a.source(), b.source()));
        assertThat(found.joined(0)).contains("Lighthouse of Hull");
        assertThat(found.joined(1)).isEmpty();
        assertThat(found.joined(2)).contains("Pub of Hull");
    }

    @Test
    void embedsInBatchesAndReportsProgress() {
        builder().build().retrieve(register("Lighthouse"), "Who keeps Faro?", THREE);
        assertThat(model.batches).containsExactly(3, 3, 2, 1);
        assertThat(progress).containsExactly("3/8", "6/8", "8/8");
    }

    @Test
    void aListenerThatThrowsDoesNotStopTheIndexing() {
        PassageRetriever retriever = builder()
                .batchSize(100)
                .listener((embedded, total) -> {
                    throw new IllegalStateException("no console (this test wants it so)");
                })
                .build();
        assertThat(retriever.retrieve(register("Lighthouse"), "Faro", THREE).passages())
                .isNotEmpty();
    }

    @Test
    void aSecondQuestionOnATextEmbedsOnlyTheQuestion() {
        PassageRetriever retriever = builder().build();
        retriever.retrieve(register("Lighthouse"), "Who keeps Faro?", THREE);
        model.batches.clear();
        Retrieval found = retriever.retrieve(register("Lighthouse"), "Who keeps Hull?", THREE);
        assertThat(found.fromCache()).isTrue();
        assertThat(model.batches).containsExactly(1);
    }

    @Test
    void forgetsTheTextsUsedLongestAgo() {
        PassageRetriever retriever = builder().maxCachedTexts(2).build();
        List<Boolean> fromCache = IntStream.of(1, 2, 1, 3, 1, 2)
                .mapToObj(text ->
                        retriever.retrieve("Text " + text, "Faro", THREE).fromCache())
                .toList();
        assertThat(fromCache).containsExactly(false, false, true, false, true, false);
    }

    @Test
    void aTextBeyondTheMemoryBudgetIsAnsweredButNotKept() {
        PassageRetriever retriever = builder().maxCachedBytes(3000).build();
        assertThat(retriever.retrieve("Short", "Faro", THREE).fromCache()).isFalse();
        assertThat(retriever.retrieve(register("Lighthouse"), "Faro", THREE).passages())
                .isNotEmpty();
        assertThat(retriever.retrieve(register("Lighthouse"), "Faro", THREE).fromCache())
                .isFalse();
        assertThat(retriever.retrieve("Short", "Faro", THREE).fromCache()).isTrue();
    }

    @Test
    void threadsThatBringTheSameTextIndexItOnce() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        model.fault = embeddings -> {
            begun.countDown();
            await(goOn);
            return embeddings;
        };
        PassageRetriever retriever = builder().build();
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            Future<Retrieval> first = threads.submit(() -> retriever.retrieve(register("Pub"), "Faro", THREE));
            await(begun);
            Future<Retrieval> second = threads.submit(() -> retriever.retrieve(register("Pub"), "Hull", THREE));
            Future<Retrieval> cancelled =
                    threads.submit(() -> retriever.retrieve(List.of(register("Pub")), "Hull", THREE, () -> true));
            assertThat(cancelled)
                    .failsWithin(java.time.Duration.ofSeconds(5))
                    .withThrowableThat()
                    .withRootCauseInstanceOf(CancellationException.class);
            goOn.countDown();
            assertThat(first.get().fromCache()).isFalse();
            assertThat(second.get().fromCache()).isTrue();
            assertThat(stores).hasValue(1);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void cancellingEndsBetweenBatchesAndLeavesNothingBehind() {
        PassageRetriever retriever = builder().build();
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() ->
                        retriever.retrieve(List.of(register("Pub")), "Faro", THREE, () -> model.batches.size() == 2));
        assertThat(model.batches).hasSize(2);
        assertThat(retriever.retrieve(register("Pub"), "Faro", THREE).fromCache())
                .isFalse();
    }

    @Test
    void cancellingEndsTheSplittingOfALongText() {
        PassageRetriever retriever = builder().build();
        AtomicInteger asked = new AtomicInteger();
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> retriever.retrieve(
                        List.of(register("Pub").repeat(20)), "Faro", THREE, () -> asked.incrementAndGet() == 3));
        assertThat(asked).hasValue(3);
        assertThat(model.batches).isEmpty();
    }

    @Test
    void anInterruptedThreadStopsAndStaysInterrupted() {
        PassageRetriever retriever = builder().build();
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> retriever.retrieve(register("Pub"), "Faro", THREE))
                .withMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(model.batches).isEmpty();
    }

    @Test
    void anEmbeddingModelThatMisbehavesIsNamedAndTheTextIsIndexedAnew() {
        PassageRetriever retriever = builder().build();
        model.fault = embeddings -> {
            throw new IllegalStateException("out of memory");
        };
        assertFailure(retriever, "failed on passages 0 to 2 of 8: out of memory");
        model.fault = embeddings -> embeddings.subList(1, embeddings.size());
        assertFailure(retriever, "returned 2 vectors for passages 0 to 2 of 8, expected 3");
        model.fault = embeddings -> IntStream.range(0, embeddings.size())
                .mapToObj(i -> Embedding.from(new float[i + 1]))
                .toList();
        assertFailure(retriever, "a vector of 2 dimensions among passages 0 to 2 of 8, but of 1 before");
        model.fault = embeddings -> embeddings.stream()
                .map(embedding -> Embedding.from(new float[] {1, Float.NaN}))
                .toList();
        assertFailure(retriever, "NaN or infinite numbers for passages 0 to 2 of 8");
        model.fault = embeddings -> embeddings.size() > 1 ? embeddings : List.of(Embedding.from(new float[] {1}));
        assertFailure(retriever, "1 dimensions for the question, but 512 for the text");

        model.fault = embeddings -> {
            throw new RateLimitException("slow down");
        };
        assertThatExceptionOfType(RateLimitException.class)
                .isThrownBy(() -> retriever.retrieve("Another text", "Faro", THREE));
        model.fault = embeddings -> embeddings;
        assertThat(retriever.retrieve("Another text", "Faro", THREE).passages()).hasSize(1);
    }

    private static void assertFailure(PassageRetriever retriever, String message) {
        assertThatExceptionOfType(LangChain4jException.class)
                .isThrownBy(() -> retriever.retrieve(register("Pub"), "Faro", THREE))
                .withMessageContaining("The embedding model unknown")
                .withMessageContaining(message);
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        assertThat(RetrievalSettings.forDraftContext(4097, 512)).isEqualTo(new RetrievalSettings(9, 0.3));
        assertThatIllegalArgumentException().isThrownBy(() -> new RetrievalSettings(0, 0.3));
        assertThatIllegalArgumentException().isThrownBy(() -> new RetrievalSettings(1, Double.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> RetrievalSettings.forDraftContext(0, 512));
        assertThatIllegalArgumentException().isThrownBy(() -> builder().maxCachedBytes(0));
        assertThatIllegalArgumentException().isThrownBy(() -> builder().build().retrieve("Text", " ", THREE));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
