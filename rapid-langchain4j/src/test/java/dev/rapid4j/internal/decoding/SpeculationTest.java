package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapid4j.DraftContext;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.Mode;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.testing.Golden.Expected;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What drafting may change of an answer, what not, and what of a prompt need not be read again. */
class SpeculationTest extends GeneratorFixture {

    private static final SamplingParameters FEW = new SamplingParameters(0.8, 1, 4, 0, 0);

    @ParameterizedTest
    @EnumSource(names = {"SPECULATIVE", "NAIVE_SPECULATIVE"})
    void selfSpeculationOverTheSamePromptAcceptsEverything(Mode mode) {
        try (Generator generator = generator(llama)) {
            GenerationStatistics statistics = generator
                    .generate(
                            request(
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

    static List<DecodingPlan> exactPlans() {
        return List.of(
                plan(Mode.SPECULATIVE, 0),
                DecodingPlan.of(Mode.SPECULATIVE, 0, false, DRAFT_CONTEXT, NO_LOOKUP, DraftContext.PASSAGE_ROWS, true),
                plan(Mode.STREAMING_DRAFT, 0));
    }

    /**
     * Two tokens an answer, the first drafted, the second too or drawn after a rejection: 16 cells, chi-square test.
     */
    @ParameterizedTest
    @MethodSource("exactPlans")
    void withoutMarginTheAnswersFollowTheTargetsDistribution(DecodingPlan plan) {
        answersFollowTheTargetsDistribution(plan, PROMPT, true);
    }

    /** Whatever the margin: from what is looked up there is nothing to learn. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 40})
    void lookedUpTokensLeaveTheTargetsDistributionAsItIs(double margin) {
        DecodingPlan plan = DecodingPlan.of(
                Mode.RAPID, margin, false, DRAFT_CONTEXT, Optional.of(true), DraftContext.PASSAGE_PROMPT, true);
        answersFollowTheTargetsDistribution(plan, promptThatFindsALikelyToken(), false);
    }

    /** The prompt twice; between stands a token that may follow it, which is what is found. */
    private static int[] promptThatFindsALikelyToken() {
        int[] twice = Arrays.copyOf(PROMPT, 2 * PROMPT.length);
        System.arraycopy(PROMPT, 0, twice, PROMPT.length, PROMPT.length);
        for (int token : support(distribution(twice, FEW))) {
            twice[PROMPT.length] = token;
            if (distribution(twice, FEW)[token] > 0.1) {
                return twice;
            }
        }
        throw new AssertionError("no token of those that may follow remains one when it stands in the prompt");
    }

    private static void answersFollowTheTargetsDistribution(DecodingPlan plan, int[] prompt, boolean byModel) {
        int top = FEW.topK();
        int runs = 3000;
        SpeculationParameters speculation = new SpeculationParameters(plan.margin(), 3, 0, 0.1);
        double[] first = distribution(prompt, FEW);
        int[] firstTokens = support(first);
        double[] expected = new double[top * top];
        int[][] secondTokens = new int[top][];
        for (int i = 0; i < top; i++) {
            int[] longer = Arrays.copyOf(prompt, prompt.length + 1);
            longer[prompt.length] = firstTokens[i];
            double[] second = distribution(longer, FEW);
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
                        .generate(request(prompt, SHORT_PROMPT, plan, FEW, speculation, seed, 2, List.of()), collecting)
                        .statistics();
                assertThat(statistics.draftedTokens() - statistics.lookupDraftedTokens())
                        .isEqualTo(byModel ? 1 : 0);
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

    private static int[] support(double[] distribution) {
        return IntStream.range(0, distribution.length)
                .filter(i -> distribution[i] > 0)
                .toArray();
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

    private static int indexOf(int[] tokens, int token) {
        return IntStream.range(0, tokens.length)
                .filter(i -> tokens[i] == token)
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1})
    void onlyRapidHeedsTheMargin(double temperature) {
        SamplingParameters sampling = new SamplingParameters(temperature, 1, 0, 0, 0);
        try (Generator generator = generator(mistral)) {
            for (Mode mode : Mode.values()) {
                Set<String> answers = new HashSet<>();
                for (double margin : new double[] {0, 50}) {
                    SpeculationParameters speculation = new SpeculationParameters(margin, 10, 0, 0.1);
                    answers.add(generator
                            .generate(
                                    request(PROMPT, SHORT_PROMPT, mode, sampling, speculation, 7, 30, List.of()), QUIET)
                            .text());
                }
                assertThat(answers).as("%s", mode).hasSize(mode == Mode.RAPID ? 2 : 1);
            }
        }
    }

    /**
     * A token drafted each time, against Eq. 6 step by step: the best of it, and after a draft that stood the target's.
     */
    @Test
    void atTemperatureZeroATargetThatLearnsWritesTheBestOfBothWhateverTheSeed() {
        double margin = 20;
        double plausibility = 0.1;
        int limit = 12;
        List<Integer> expected = new ArrayList<>();
        int stood = 0;
        int others = 0;
        while (expected.size() < limit) {
            double[] z = logits(llama, PROMPT, expected);
            int chosen = best(z);
            if (expected.size() < limit - 1) {
                double[] p = softmax(z);
                double[] q = softmax(logits(mistral, SHORT_PROMPT, expected));
                int proposed = best(q);
                double[] augmented = IntStream.range(0, z.length)
                        .mapToDouble(i -> z[i] + (q[i] >= plausibility * q[proposed] ? margin * (q[i] - p[i]) : 0))
                        .toArray();
                others += best(augmented) == chosen ? 0 : 1;
                chosen = best(augmented);
                if (chosen == proposed) {
                    expected.add(chosen);
                    chosen = best(logits(llama, PROMPT, expected));
                    stood++;
                }
            }
            expected.add(chosen);
        }
        assertThat(stood).isPositive();
        assertThat(others)
                .as("tokens that the target alone would not have chosen")
                .isPositive();
        try (Generator generator = generator(mistral)) {
            for (long seed : new long[] {1, 2}) {
                List<Integer> tokens = new ArrayList<>();
                GenerationRequest request = request(
                        PROMPT,
                        SHORT_PROMPT,
                        Mode.RAPID,
                        GREEDY,
                        new SpeculationParameters(margin, 1, 0, plausibility),
                        seed,
                        limit,
                        List.of());
                generator.generate(request, new GenerationListener() {
                    @Override
                    public void onToken(int token) {
                        tokens.add(token);
                    }
                });
                assertThat(tokens).isEqualTo(expected);
            }
        }
    }

    private static double[] logits(LanguageModel model, int[] prompt, List<Integer> answer) {
        int[] tokens = IntStream.concat(Arrays.stream(prompt), answer.stream().mapToInt(Integer::intValue))
                .toArray();
        try (KeyValueCache cache = model.newCache(tokens.length)) {
            return model.logits(cache, tokens, 1)[0];
        }
    }

    private static double[] softmax(double[] logits) {
        double highest = Arrays.stream(logits).max().orElseThrow();
        double sum = Arrays.stream(logits).map(z -> Math.exp(z - highest)).sum();
        return Arrays.stream(logits).map(z -> Math.exp(z - highest) / sum).toArray();
    }

    private static int best(double[] values) {
        return IntStream.range(0, values.length)
                .reduce((best, i) -> values[i] > values[best] ? i : best)
                .orElseThrow();
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
                GenerationRequest request = request(
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
        try (Generator forgetful = new Generator(llama, llama, tokenizer, Set.of(), 0)) {
            forgetful.generate(greedy(PROMPT, SHORT_PROMPT, Mode.RAPID, 10, 20), QUIET);
            assertThat(forgetful
                            .generate(greedy(longer, SHORT_PROMPT, Mode.RAPID, 10, 20), QUIET)
                            .statistics()
                            .cachedTokens())
                    .isZero();
        }
    }
}
