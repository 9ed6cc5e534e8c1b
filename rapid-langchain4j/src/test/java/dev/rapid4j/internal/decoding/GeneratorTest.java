package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.Mode;
import dev.rapid4j.Precision;
import dev.rapid4j.TorchException;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.decoding.Generation.FinishReason;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.weights.WeightEntry;
import dev.rapid4j.testing.Golden;
import dev.rapid4j.testing.Golden.Expected;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GeneratorTest {

    private static final GenerationListener QUIET = new GenerationListener() {};
    private static final SamplingParameters GREEDY = new SamplingParameters(0, 1, 0, 0, 0);
    private static final long CACHE_BYTES = 100 << 20;
    private static final int DRAFT_CONTEXT = 32;
    private static final int[] PROMPT = Arrays.copyOf(Expected.of("llama3-tiny").inputIds(), 150);
    private static final int[] SHORT_PROMPT = Arrays.copyOfRange(PROMPT, 90, 150);

    private static LanguageModel llama;
    private static LanguageModel mistral;
    private static Tokenizer tokenizer;

    @BeforeAll
    static void load() {
        llama = LanguageModel.load(Golden.checkpoint("llama3-tiny"), Device.CPU, Precision.FLOAT32);
        mistral = LanguageModel.load(Golden.checkpoint("mistral-tiny"), Device.CPU, Precision.FLOAT32);
        tokenizer = Golden.checkpoint("llama3-tiny").openTokenizer();
    }

    @AfterAll
    static void close() {
        tokenizer.close();
        llama.close();
        mistral.close();
    }

    static List<String> models() {
        return Golden.MODELS;
    }

    @ParameterizedTest
    @MethodSource("models")
    void greedyAnswersAreThoseOfTheTargetAloneWhateverTheMargin(String name) {
        Expected expected = Expected.of(name);
        int[] prompt = Arrays.copyOf(expected.inputIds(), 150);
        String answer;
        try (LanguageModel model = LanguageModel.load(Golden.checkpoint(name), Device.CPU, Precision.FLOAT32);
                Tokenizer tokens = Golden.checkpoint(name).openTokenizer();
                Generator generator = new Generator(model, llama, tokens, Set.of(), DRAFT_CONTEXT, CACHE_BYTES)) {
            answer = tokens.decode(expected.greedyIds(), true);
            assertThat(generator
                            .generate(greedy(prompt, prompt, Mode.LONG_CONTEXT, 10, 40), QUIET)
                            .text())
                    .isEqualTo(answer);
            for (double margin : new double[] {0, 10, 50}) {
                Generation rapid = generator.generate(greedy(prompt, SHORT_PROMPT, Mode.RAPID, margin, 40), QUIET);
                assertThat(rapid.text()).as("margin %s", margin).isEqualTo(answer);
                assertThat(rapid.statistics().draftedTokens()).isPositive();
            }
            for (Mode mode : new Mode[] {Mode.NAIVE_SPECULATIVE, Mode.STREAMING_DRAFT}) {
                Generation baseline = generator.generate(greedy(prompt, SHORT_PROMPT, mode, 10, 40), QUIET);
                assertThat(baseline.text()).as("%s", mode).isEqualTo(answer);
                assertThat(baseline.statistics().draftedTokens()).isPositive();
                assertThat(baseline.statistics().drafting())
                        .isPositive()
                        .isLessThan(baseline.statistics().decoding());
            }
        }
    }

    @Test
    void aStreamingDraftAttendsToSoManyTokensAndLeavesNoCacheBehind() {
        try (Generator generator = generator(mistral)) {
            generator.generate(greedy(PROMPT, PROMPT, Mode.LONG_CONTEXT, 0, 20), QUIET);
            long kept = generator.cacheBytes();
            GenerationStatistics statistics = generator
                    .generate(greedy(PROMPT, SHORT_PROMPT, Mode.STREAMING_DRAFT, 0, 20), QUIET)
                    .statistics();
            assertThat(statistics.targetPromptTokens()).isEqualTo(PROMPT.length);
            assertThat(statistics.drafterPromptTokens()).isEqualTo(DRAFT_CONTEXT);
            assertThat(statistics.cachedTokens()).isEqualTo(PROMPT.length - 1);
            assertThat(statistics.emittedTokens()).isEqualTo(20);
            assertThat(generator.cacheBytes()).isEqualTo(kept);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 17, 149, 150, 1000})
    void aStreamingDraftMayHaveAnyContext(int draftContext) {
        int[] greedy = Expected.of("llama3-tiny").greedyIds();
        try (Generator generator = new Generator(llama, llama, tokenizer, Set.of(), draftContext, CACHE_BYTES)) {
            Generation generation = generator.generate(greedy(PROMPT, PROMPT, Mode.STREAMING_DRAFT, 0, 40), QUIET);
            assertThat(generation.text()).isEqualTo(tokenizer.decode(greedy, true));
            assertThat(generation.statistics().drafterPromptTokens()).isEqualTo(Math.min(draftContext, 150));
            if (draftContext >= PROMPT.length) {
                assertThat(generation.statistics().acceptanceRate()).isEqualTo(1);
            }
            int[] single = {PROMPT[0]};
            assertThat(generator
                            .generate(greedy(single, single, Mode.STREAMING_DRAFT, 0, 12), QUIET)
                            .text())
                    .isEqualTo(generator
                            .generate(greedy(single, single, Mode.LONG_CONTEXT, 0, 12), QUIET)
                            .text());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SPECULATIVE", "NAIVE_SPECULATIVE"})
    void selfSpeculationOverTheSamePromptAcceptsEverything(Mode mode) {
        try (Generator generator = generator(llama)) {
            GenerationStatistics statistics = generator
                    .generate(
                            new GenerationRequest(
                                    PROMPT,
                                    PROMPT,
                                    mode,
                                    GREEDY,
                                    new SpeculationParameters(0, 10, 0, 0.1),
                                    1,
                                    22,
                                    List.of()),
                            QUIET)
                    .statistics();
            assertThat(statistics.acceptanceRate()).isEqualTo(1);
            assertThat(statistics.rounds()).isEqualTo(2);
            assertThat(statistics.emittedTokens()).isEqualTo(22);
        }
    }

    /**
     * Two tokens an answer, the first drafted, the second too or drawn after a rejection: 16 cells, chi-square test.
     */
    @ParameterizedTest
    @EnumSource(names = {"SPECULATIVE", "STREAMING_DRAFT"})
    void withoutMarginTheAnswersFollowTheTargetsDistribution(Mode mode) {
        int top = 4;
        int runs = 3000;
        SamplingParameters sampling = new SamplingParameters(0.8, 1, top, 0, 0);
        SpeculationParameters speculation = new SpeculationParameters(0, 3, 0, 0.1);
        double[] first = distribution(PROMPT, sampling);
        int[] firstTokens = support(first);
        double[] expected = new double[top * top];
        int[][] secondTokens = new int[top][];
        for (int i = 0; i < top; i++) {
            int[] longer = Arrays.copyOf(PROMPT, PROMPT.length + 1);
            longer[PROMPT.length] = firstTokens[i];
            double[] second = distribution(longer, sampling);
            secondTokens[i] = support(second);
            for (int j = 0; j < top; j++) {
                expected[i * top + j] = first[firstTokens[i]] * second[secondTokens[i][j]];
            }
        }
        int[] observed = new int[top * top];
        int rejections = 0;
        try (Generator generator = generator(mistral)) {
            for (int seed = 0; seed < runs; seed++) {
                List<Integer> tokens = new ArrayList<>();
                GenerationListener collecting = new GenerationListener() {
                    @Override
                    public void onToken(int token) {
                        tokens.add(token);
                    }
                };
                GenerationStatistics statistics = generator
                        .generate(
                                new GenerationRequest(
                                        PROMPT, SHORT_PROMPT, mode, sampling, speculation, seed, 2, List.of()),
                                collecting)
                        .statistics();
                rejections += statistics.draftedTokens() - statistics.acceptedTokens();
                int i = indexOf(firstTokens, tokens.get(0));
                observed[i * top + indexOf(secondTokens[i], tokens.get(1))]++;
            }
        }
        double chiSquare = 0;
        for (int cell = 0; cell < observed.length; cell++) {
            double mean = expected[cell] * runs;
            chiSquare += (observed[cell] - mean) * (observed[cell] - mean) / mean;
        }
        // 15 degrees of freedom: exceeded with a probability of 0.001 if the distributions are the same
        assertThat(chiSquare).isLessThan(37.7);
        assertThat(rejections).as("drafts that were rejected").isBetween(runs / 10, runs);
    }

    private static double[] distribution(int[] prompt, SamplingParameters sampling) {
        try (KeyValueCache cache = llama.newCache(prompt.length)) {
            double[] logits = llama.logits(cache, prompt, 1)[0];
            double least = Arrays.stream(logits)
                    .boxed()
                    .sorted(Comparator.reverseOrder())
                    .skip(sampling.topK() - 1)
                    .findFirst()
                    .orElseThrow();
            double[] weights = Arrays.stream(logits)
                    .map(z -> z < least ? 0 : Math.exp(z / sampling.temperature()))
                    .toArray();
            double sum = Arrays.stream(weights).sum();
            return Arrays.stream(weights).map(w -> w / sum).toArray();
        }
    }

    private static int[] support(double[] distribution) {
        return IntStream.range(0, distribution.length)
                .filter(i -> distribution[i] > 0)
                .toArray();
    }

    private static int indexOf(int[] tokens, int token) {
        return IntStream.range(0, tokens.length)
                .filter(i -> tokens[i] == token)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aSeedFixesTheAnswerInEveryMode() {
        SamplingParameters sampling = new SamplingParameters(1, 0.9, 50, 0.5, 0.5);
        try (Generator generator = generator(mistral)) {
            for (Mode mode : Mode.values()) {
                List<String> answers = new ArrayList<>();
                for (long seed : new long[] {7, 7, 8}) {
                    answers.add(generator
                            .generate(
                                    new GenerationRequest(
                                            PROMPT,
                                            SHORT_PROMPT,
                                            mode,
                                            sampling,
                                            SpeculationParameters.DEFAULT,
                                            seed,
                                            30,
                                            List.of()),
                                    QUIET)
                            .text());
                }
                assertThat(answers.get(0)).isEqualTo(answers.get(1)).isNotEqualTo(answers.get(2));
            }
        }
    }

    @Test
    void onlyRapidHeedsTheMargin() {
        SamplingParameters sampling = new SamplingParameters(1, 1, 0, 0, 0);
        try (Generator generator = generator(mistral)) {
            for (Mode mode : Mode.values()) {
                Set<String> answers = new HashSet<>();
                for (double margin : new double[] {0, 50}) {
                    SpeculationParameters speculation = new SpeculationParameters(margin, 10, 0, 0.1);
                    answers.add(generator
                            .generate(
                                    new GenerationRequest(
                                            PROMPT, SHORT_PROMPT, mode, sampling, speculation, 7, 30, List.of()),
                                    QUIET)
                            .text());
                }
                assertThat(answers).as("%s", mode).hasSize(mode == Mode.RAPID ? 2 : 1);
            }
        }
    }

    /** The first draw of a round chooses the first drafted token; neighbouring seeds must not all choose the same. */
    @Test
    void neighbouringSeedsDrawIndependently() {
        int runs = 200;
        SamplingParameters sampling = new SamplingParameters(1, 1, 2, 0, 0);
        double[] first = distribution(PROMPT, sampling);
        int token = support(first)[0];
        int observed = 0;
        try (Generator generator = generator(llama)) {
            for (int seed = 0; seed < runs; seed++) {
                List<Integer> tokens = new ArrayList<>();
                GenerationRequest request = new GenerationRequest(
                        PROMPT,
                        PROMPT,
                        Mode.SPECULATIVE,
                        sampling,
                        new SpeculationParameters(0, 1, 0, 0.1),
                        seed,
                        2,
                        List.of());
                generator.generate(request, new GenerationListener() {
                    @Override
                    public void onToken(int token) {
                        tokens.add(token);
                    }
                });
                observed += tokens.get(0) == token ? 1 : 0;
            }
        }
        double mean = runs * first[token];
        assertThat((double) observed).isCloseTo(mean, within(4 * Math.sqrt(mean * (1 - first[token]))));
    }

    @Test
    void atTemperatureZeroPenaltiesChangeAllModesAlike() {
        SamplingParameters penalised = new SamplingParameters(0, 1, 0, 1.5, 1);
        List<String> answers = new ArrayList<>();
        try (Generator generator = generator(mistral)) {
            for (Mode mode : EnumSet.complementOf(EnumSet.of(Mode.RETRIEVAL_ONLY))) {
                answers.add(generator
                        .generate(
                                new GenerationRequest(
                                        PROMPT,
                                        SHORT_PROMPT,
                                        mode,
                                        penalised,
                                        new SpeculationParameters(10, 10, 0, 0.1),
                                        1,
                                        40,
                                        List.of()),
                                QUIET)
                        .text());
            }
            assertThat(generator
                            .generate(greedy(PROMPT, PROMPT, Mode.LONG_CONTEXT, 10, 40), QUIET)
                            .text())
                    .isNotEqualTo(answers.get(0));
        }
        assertThat(Set.copyOf(answers)).hasSize(1);
    }

    /** Logits divided by such a number are infinite in float32. */
    @Test
    void aTemperatureCloseToZeroIsGreedy() {
        try (Generator generator = generator(mistral)) {
            String greedy = generator
                    .generate(greedy(PROMPT, SHORT_PROMPT, Mode.RAPID, 10, 20), QUIET)
                    .text();
            for (double temperature : new double[] {1e-5, 1e-40, Double.MIN_VALUE}) {
                GenerationRequest request = new GenerationRequest(
                        PROMPT,
                        SHORT_PROMPT,
                        Mode.RAPID,
                        new SamplingParameters(temperature, 1, 0, 0, 0),
                        new SpeculationParameters(0, 10, 0, 0.1),
                        1,
                        20,
                        List.of());
                assertThat(generator.generate(request, QUIET).text())
                        .as("temperature %s", temperature)
                        .isEqualTo(greedy);
            }
        }
    }

    @Test
    void nothingIsEmittedPastAnEndTokenAStopSequenceOrTheLimit() {
        int[] greedy = Expected.of("llama3-tiny").greedyIds();
        int end = greedy[5];
        int before =
                (int) IntStream.range(0, 40).takeWhile(i -> greedy[i] != end).count();
        for (Mode mode : new Mode[] {Mode.RAPID, Mode.STREAMING_DRAFT, Mode.LONG_CONTEXT}) {
            try (Generator generator =
                    new Generator(llama, llama, tokenizer, Set.of(end), DRAFT_CONTEXT, CACHE_BYTES)) {
                Generation ended = generator.generate(greedy(PROMPT, PROMPT, mode, 10, 40), QUIET);
                assertThat(ended.finishReason()).isEqualTo(FinishReason.STOP);
                assertThat(ended.statistics().emittedTokens()).isEqualTo(before);
                assertThat(ended.text()).isEqualTo(tokenizer.decode(Arrays.copyOf(greedy, before), true));
            }
            try (Generator generator = generator(llama)) {
                Generation limited = generator.generate(greedy(PROMPT, PROMPT, mode, 10, 3), QUIET);
                assertThat(limited.finishReason()).isEqualTo(FinishReason.LENGTH);
                assertThat(limited.statistics().emittedTokens()).isEqualTo(3);

                String whole = tokenizer.decode(greedy, true);
                String stop = whole.substring(10, 14);
                StringBuilder streamed = new StringBuilder();
                Generation stopped = generator.generate(
                        new GenerationRequest(
                                PROMPT, PROMPT, mode, GREEDY, SpeculationParameters.DEFAULT, 1, 40, List.of(stop)),
                        new GenerationListener() {
                            @Override
                            public void onText(String text, boolean drafted) {
                                streamed.append(text);
                            }
                        });
                assertThat(stopped.text()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
                assertThat(streamed).hasToString(stopped.text());
                assertThat(stopped.finishReason()).isEqualTo(FinishReason.STOP);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"NAIVE_SPECULATIVE", "STREAMING_DRAFT"})
    void aFollowUpToABaselineFindsItsPromptInTheCachesAndAnswersAlike(Mode mode) {
        int[] longer = Expected.of("llama3-tiny").inputIds();
        GenerationRequest request = greedy(longer, SHORT_PROMPT, mode, 10, 20);
        try (Generator fresh = generator(mistral);
                Generator used = generator(mistral)) {
            used.generate(greedy(PROMPT, SHORT_PROMPT, mode, 10, 20), QUIET);
            Generation followUp = used.generate(request, QUIET);
            int caches = mode == Mode.NAIVE_SPECULATIVE ? 2 : 1;
            assertThat(followUp.statistics().cachedTokens()).isGreaterThanOrEqualTo(caches * (PROMPT.length - 1));
            assertThat(followUp.text()).isEqualTo(fresh.generate(request, QUIET).text());
        }
    }

    @Test
    void aFollowUpFindsItsPromptInTheCacheAndAnswersAlike() {
        int[] longer = Expected.of("llama3-tiny").inputIds();
        Generation fresh;
        try (Generator generator = generator(llama)) {
            fresh = generator.generate(greedy(longer, SHORT_PROMPT, Mode.RAPID, 10, 20), QUIET);
            assertThat(fresh.statistics().cachedTokens()).isZero();
        }
        try (Generator generator = generator(llama)) {
            generator.generate(greedy(PROMPT, SHORT_PROMPT, Mode.RAPID, 10, 20), QUIET);
            Generation followUp = generator.generate(greedy(longer, SHORT_PROMPT, Mode.RAPID, 10, 20), QUIET);
            assertThat(followUp.statistics().cachedTokens())
                    .isGreaterThanOrEqualTo(PROMPT.length + SHORT_PROMPT.length - 1);
            assertThat(followUp.text()).isEqualTo(fresh.text());
        }
        try (Generator forgetful = new Generator(llama, llama, tokenizer, Set.of(), DRAFT_CONTEXT, 0)) {
            forgetful.generate(greedy(PROMPT, SHORT_PROMPT, Mode.RAPID, 10, 20), QUIET);
            assertThat(forgetful
                            .generate(greedy(longer, SHORT_PROMPT, Mode.RAPID, 10, 20), QUIET)
                            .statistics()
                            .cachedTokens())
                    .isZero();
        }
    }

    @Test
    void aPromptThatWasReadAheadIsAnsweredAlike() {
        int[] prompt = Expected.of("llama3-tiny").inputIds();
        GenerationRequest request = greedy(prompt, SHORT_PROMPT, Mode.RAPID, 10, 20);
        List<Integer> told = new ArrayList<>();
        GenerationListener listener = new GenerationListener() {
            @Override
            public void onPrefill(int done, int total) {
                if (total == prompt.length) {
                    told.add(done);
                }
            }
        };
        try (Generator generator = generator(llama)) {
            Generation expected = generator.generate(request, QUIET);
            try (Generator another = generator(llama);
                    ReadAhead ahead = another.readAhead(prompt, 20)) {
                Generation generation = another.generate(request, ahead, listener);
                assertThat(generation.text()).isEqualTo(expected.text());
                assertThat(generation.statistics().cachedTokens()).isZero();
                assertThat(told).isNotEmpty().isSorted();
            }
        }
    }

    @Test
    void theProgressOfReadingAheadIsToldToItsEnd() {
        List<Integer> told = new ArrayList<>();
        GenerationListener listener = new GenerationListener() {
            @Override
            public void onPrefill(int done, int total) {
                told.add(done);
            }
        };
        try (Generator generator = generator(llama);
                Lease lease = (Lease) generator.readAhead(PROMPT, 20)) {
            lease.read(listener);
            assertThat(told).isSorted().endsWith(PROMPT.length - 1);
        }
    }

    @Test
    @Timeout(30)
    void aPromptIsReadAheadWhileTheCommonPoolWaitsForItsAnswer() {
        CountDownLatch answered = new CountDownLatch(1);
        try (Generator generator = generator(llama)) {
            for (int i = 0; i < ForkJoinPool.getCommonPoolParallelism(); i++) {
                ForkJoinPool.commonPool().execute(() -> {
                    try {
                        answered.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
            }
            try (Lease lease = (Lease) generator.readAhead(PROMPT, 20)) {
                try {
                    assertThat(lease.read(QUIET)).isZero();
                } finally {
                    answered.countDown();
                }
            }
        }
    }

    @Test
    void aReadingThatIsGivenUpKeepsWhatItHasRead() {
        try (Generator generator = generator(llama)) {
            Lease lease = (Lease) generator.readAhead(PROMPT, 20);
            lease.read(QUIET);
            lease.close();
            generator.readAhead(Expected.of("mistral-tiny").inputIds(), 20).close();
            assertThat(generator
                            .generate(greedy(PROMPT, PROMPT, Mode.LONG_CONTEXT, 10, 20), QUIET)
                            .statistics()
                            .cachedTokens())
                    .isEqualTo(PROMPT.length - 1);
        }
    }

    @Test
    void aRequestBeyondTheContextIsRefusedWithTheNumbers() {
        try (Generator generator = generator(llama)) {
            assertThatThrownBy(() -> generator.generate(greedy(PROMPT, PROMPT, Mode.LONG_CONTEXT, 10, 363), QUIET))
                    .isInstanceOf(RequestTooLargeException.class)
                    .hasMessageContaining("150")
                    .hasMessageContaining("363")
                    .hasMessageContaining("512");
        }
    }

    @Test
    void cancellingEndsAGenerationBetweenTwoRoundsAndKeepsTheCache() {
        GenerationListener cancelling = new GenerationListener() {
            private boolean cancelled;

            @Override
            public void onText(String text, boolean drafted) {
                cancelled = true;
            }

            @Override
            public void checkCancelled() {
                if (cancelled) {
                    throw new CancellationException();
                }
            }
        };
        try (Generator generator = generator(llama)) {
            assertThatThrownBy(() -> generator.generate(greedy(PROMPT, PROMPT, Mode.LONG_CONTEXT, 10, 40), cancelling))
                    .isInstanceOf(CancellationException.class);
            assertThat(generator
                            .generate(greedy(PROMPT, PROMPT, Mode.LONG_CONTEXT, 10, 40), QUIET)
                            .statistics()
                            .cachedTokens())
                    .isEqualTo(PROMPT.length - 1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x7E, 0x7C}) // NaN and infinity in float16
    void aModelThatReturnsNaNIsReportedNotQuoted(int highByte, @TempDir Path folder) throws IOException {
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
            Files.copy(Golden.path("mistral-tiny").resolve(file), folder.resolve(file));
        }
        WeightEntry norm = Checkpoint.open(folder).weights().get("model.norm.weight");
        try (RandomAccessFile file = new RandomAccessFile(norm.file().toFile(), "rw")) {
            file.seek(norm.offset());
            file.write(new byte[] {0, (byte) highByte});
        }
        try (LanguageModel broken = LanguageModel.load(Checkpoint.open(folder), Device.CPU, Precision.FLOAT32);
                Generator generator = new Generator(broken, broken, tokenizer, Set.of(), DRAFT_CONTEXT, CACHE_BYTES)) {
            assertThatThrownBy(() -> generator.generate(greedy(PROMPT, PROMPT, Mode.RAPID, 10, 5), QUIET))
                    .isInstanceOf(TorchException.class)
                    .hasMessageStartingWith(broken.name() + " returned infinite or NaN logits")
                    .hasMessageContaining("download it again");
        }
    }

    @Test
    void valuesOutOfRangeAreRefusedByName() {
        assertThatThrownBy(() -> new SamplingParameters(-0.1, 1, 0, 0, 0)).hasMessageContaining("temperature");
        assertThatThrownBy(() -> new SamplingParameters(1, 0, 0, 0, 0)).hasMessageContaining("topP must be above 0");
        assertThatThrownBy(() -> new SpeculationParameters(Double.NaN, 10, 0, 0))
                .hasMessageContaining("margin");
        assertThatThrownBy(() -> new SpeculationParameters(1, 0, 0, 0))
                .hasMessageContaining("draftTokens must be from 1 to 64, not 0");
    }

    private static Generator generator(LanguageModel drafter) {
        return new Generator(llama, drafter, tokenizer, Set.of(), DRAFT_CONTEXT, CACHE_BYTES);
    }

    private static GenerationRequest greedy(int[] prompt, int[] drafterPrompt, Mode mode, double margin, int limit) {
        return new GenerationRequest(
                prompt,
                drafterPrompt,
                mode,
                GREEDY,
                new SpeculationParameters(margin, 10, 0, 0.1),
                1,
                limit,
                List.of());
    }
}
