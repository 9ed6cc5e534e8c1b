package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.DraftContext;
import dev.rapid4j.Mode;
import dev.rapid4j.TokenSource;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.model.CacheMemory;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.testing.Golden;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several requests at once on one document: it is read once, and each answer is the one that is given alone. */
class SharedPrefixTest {

    private static final GenerationListener QUIET = new GenerationListener() {};
    private static final SamplingParameters GREEDY = new SamplingParameters(0, 1, 0, 0, 0);

    /** More than a chunk, and more than a cache keeps of a window and of what may be taken back. */
    private static final int[] DOCUMENT =
            new SplittableRandom(8).ints(2000, 0, 384).toArray();

    @TempDir
    private static Path folder;

    /** Full attention, and windows in two of three layers. */
    private static LanguageModel full;

    private static LanguageModel windows;

    @BeforeAll
    static void load() throws Exception {
        full = load("mistral-tiny", 16_384);
        windows = load("qwen3-tiny", 21);
        assertThat(full.contextLength()).isGreaterThan(3000);
    }

    private static LanguageModel load(String name, int window) throws Exception {
        return LanguageModel.load(
                Golden.windowed(name, window, Files.createTempDirectory(folder, name)),
                Device.CPU,
                WeightFormat.FLOAT32);
    }

    @AfterAll
    static void close() {
        full.close();
        windows.close();
    }

    private static int[] asking(int question) {
        return IntStream.concat(IntStream.of(DOCUMENT), new Random(question).ints(30, 0, 384))
                .toArray();
    }

    private static List<DecodingPlan> plans() {
        List<DecodingPlan> plans = new ArrayList<>();
        for (Mode mode : Mode.values()) {
            for (double margin : mode == Mode.RAPID ? new double[] {0, 10} : new double[] {0}) {
                for (DraftContext context :
                        new DraftContext[] {DraftContext.PASSAGE_PROMPT, DraftContext.PASSAGE_ROWS}) {
                    plans.add(DecodingPlan.of(mode, margin, true, 100, Optional.empty(), context, false));
                }
            }
        }
        return plans;
    }

    private static GenerationRequest request(int question, DecodingPlan plan) {
        int[] prompt = asking(question);
        BitSet passages = new BitSet();
        passages.set(0, 20);
        passages.set(1000, 1100);
        passages.set(prompt.length - 60, prompt.length);
        return new GenerationRequest(
                new PromptTokens(prompt, passages.stream().map(i -> prompt[i]).toArray(), Optional.of(passages)),
                plan,
                GREEDY,
                new SpeculationParameters(plan.margin(), 10, 0, 0.1),
                1,
                20);
    }

    private static Generator generator(LanguageModel target) {
        return new Generator(target, target == full ? windows : full, Set.of(), 1 << 30);
    }

    private static List<Integer> alone(LanguageModel target, GenerationRequest request) {
        try (Generator generator = generator(target)) {
            return generator.generate(request, QUIET).tokens();
        }
    }

    /** The one is at its first chunk until the other waits for it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ofTwoThatArriveTogetherTheSecondReadsItsOwnQuestionOnly(boolean withWindows) throws Exception {
        LanguageModel target = withWindows ? windows : full;
        for (DecodingPlan plan : plans()) {
            if (!plan.targetReads()) {
                continue;
            }
            GenerationRequest first = request(1, plan);
            GenerationRequest second = request(2, plan);
            CountDownLatch reading = new CountDownLatch(1);
            CountDownLatch waiting = new CountDownLatch(1);
            GenerationListener slow = new GenerationListener() {
                @Override
                public void onPrefill(int done, int total) {
                    if (done > 200 && done < DOCUMENT.length) {
                        reading.countDown();
                        await(waiting);
                    }
                }
            };
            List<Integer> told = new ArrayList<>();
            GenerationListener patient = new GenerationListener() {
                @Override
                public void onPrefill(int done, int total) {
                    told.add(done);
                    waiting.countDown();
                }
            };
            try (Generator generator = generator(target)) {
                CompletableFuture<Generation> one =
                        CompletableFuture.supplyAsync(() -> generator.generate(first, slow));
                await(reading);
                Generation two = generator.generate(second, patient);
                assertThat(two.cachedTokens()).as(plan.toString()).isEqualTo(DOCUMENT.length);
                // a drafter that reads the whole text reads first
                assertThat(told.get(0)).isEqualTo(plan.mode() == Mode.NAIVE_SPECULATIVE ? 0 : 512);
                assertThat(two.tokens()).as(plan.toString()).isEqualTo(alone(target, second));
                assertThat(one.get(1, TimeUnit.MINUTES).tokens())
                        .as(plan.toString())
                        .isEqualTo(alone(target, first));
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** In the middle of an answer. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDocumentThatAnotherRequestHasInUseIsNotReadAgain(boolean withWindows) {
        LanguageModel target = withWindows ? windows : full;
        for (DecodingPlan plan : plans()) {
            GenerationRequest first = request(1, plan);
            GenerationRequest second = request(2, plan);
            try (Generator generator = generator(target)) {
                List<Generation> meanwhile = new ArrayList<>();
                Generation one = generator.generate(first, new GenerationListener() {
                    @Override
                    public boolean onToken(int token, TokenSource source) {
                        if (meanwhile.isEmpty()) {
                            meanwhile.add(generator.generate(second, QUIET));
                        }
                        return false;
                    }
                });
                if (plan.targetReads()) {
                    assertThat(meanwhile.get(0).cachedTokens()).isEqualTo(DOCUMENT.length);
                }
                assertThat(meanwhile.get(0).tokens()).as(plan.toString()).isEqualTo(alone(target, second));
                assertThat(one.tokens()).as(plan.toString()).isEqualTo(alone(target, first));
            }
        }
    }

    /** A running request goes on, and drops what is behind its window, while another is about to begin with it. */
    @Test
    void whatIsDroppedMeanwhileIsReadAgain() throws Exception {
        int[] prompt = new Random(9).ints(3200, 0, 384).toArray();
        AtomicReference<Runnable> onPlan = new AtomicReference<>(() -> {});
        CachePool pool = new CachePool(0, Optional.empty(), device -> {
            onPlan.getAndSet(() -> {}).run();
            return Long.MAX_VALUE / 2;
        });
        try (pool) {
            KeyValueCache reader = pool.take(pool.need(windows, prompt, 3200), QUIET);
            windows.prefill(reader, Arrays.copyOf(prompt, 1536), done -> {});
            // it gets the pool when the choice is made, while a cache is made for the first of the two
            Thread readsOn = new Thread(() -> {
                synchronized (pool) {
                    windows.prefill(reader, Arrays.copyOfRange(prompt, 1536, 3199), done -> {});
                }
            });
            onPlan.set(() -> {
                readsOn.start();
                while (readsOn.getState() != Thread.State.BLOCKED) {
                    Thread.onSpinWait();
                }
            });
            List<KeyValueCache> taken = pool.take(
                    List.of(
                            pool.need(windows, new int[] {7, 8}, 3000),
                            pool.need(windows, Arrays.copyOf(prompt, 1000), 1100)),
                    QUIET);
            readsOn.join();
            assertThat(taken).hasSize(2).doesNotHaveDuplicates();
            assertThat(pool.bytes())
                    .isEqualTo(Stream.concat(Stream.of(reader), taken.stream())
                            .flatMap(cache -> cache.memory().stream())
                            .distinct()
                            .mapToLong(CacheMemory::bytes)
                            .sum());
        }
    }

    /** Memory for about two caches of the target; whoever needs more than is free waits. */
    @Test
    void manyRequestsInLittleMemoryAreAllAnsweredAsAlone() throws Exception {
        List<GenerationRequest> requests = IntStream.range(0, 24)
                .mapToObj(i -> i % 3 == 0 ? other(i) : request(i, plans().get(i % plans().size())))
                .toList();
        long cache = full.cacheBytes(3072);
        CachePool pool = new CachePool(
                2 * cache,
                Optional.empty(),
                device -> full.workingBytes() + windows.workingBytes() + 2 * cache + windows.cacheBytes(3072));
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try (Generator generator = new Generator(full, windows, Set.of(), pool, System::nanoTime)) {
            List<Future<List<Integer>>> answers = requests.stream()
                    .map(request -> threads.submit(
                            () -> generator.generate(request, QUIET).tokens()))
                    .toList();
            for (int i = 0; i < requests.size(); i++) {
                assertThat(answers.get(i).get(2, TimeUnit.MINUTES))
                        .as("%d: %s", i, requests.get(i).plan())
                        .isEqualTo(alone(full, requests.get(i)));
            }
            assertThat(generator.cacheBytes()).isLessThanOrEqualTo(2 * cache);
        } finally {
            threads.shutdownNow();
        }
    }

    private static GenerationRequest other(int seed) {
        int[] prompt = new Random(seed).ints(900, 0, 384).toArray();
        return new GenerationRequest(
                new PromptTokens(prompt, prompt, Optional.empty()),
                DecodingPlan.of(Mode.LONG_CONTEXT, 0, true, 100, Optional.empty(), DraftContext.PASSAGE_PROMPT, false),
                GREEDY,
                new SpeculationParameters(0, 10, 0, 0.1),
                1,
                20);
    }
}
