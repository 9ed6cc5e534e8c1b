package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapid4j.DraftContext;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.Mode;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.testing.Golden.Expected;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
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
                            request(PROMPT, PROMPT, mode, GREEDY, new SpeculationParameters(0, 10, 0, 0.1), 1, 22),
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
        List<GenerationStatistics> answers = assertAnswersFollow(SpeculationTest::targets, plan, 3, PROMPT);
        assertThat(answers).allMatch(answer -> answer.draftedTokens() == 1 && answer.lookupDraftedTokens() == 0);
        assertSomeRejected(answers);
    }

    /** Whatever the margin: from what is looked up there is nothing to learn. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 40})
    void lookedUpTokensLeaveTheTargetsDistributionAsItIs(double margin) {
        DecodingPlan plan = DecodingPlan.of(
                Mode.RAPID, margin, false, DRAFT_CONTEXT, Optional.of(true), DraftContext.PASSAGE_PROMPT, true);
        List<GenerationStatistics> answers =
                assertAnswersFollow(SpeculationTest::targets, plan, 3, promptThatFindsALikelyToken());
        assertThat(answers).allMatch(answer -> answer.draftedTokens() == answer.lookupDraftedTokens());
        assertSomeRejected(answers);
    }

    private static DecodingPlan learningThroughout(Optional<Boolean> lookup, DraftContext draftContext) {
        return DecodingPlan.of(Mode.RAPID, 20, true, DRAFT_CONTEXT, lookup, draftContext, true);
    }

    @Test
    void whereEveryTokenLearnsAnswersFollowTheLearnedDistributionWhoeverDrafts() {
        DecodingPlan byModel = learningThroughout(NO_LOOKUP, DraftContext.PASSAGE_PROMPT);
        List<GenerationStatistics> answers = assertAnswersFollow(SpeculationTest::learned, byModel, 3, PROMPT);
        assertThat(answers).allMatch(answer -> answer.draftedTokens() == 1 && answer.lookupDraftedTokens() == 0);
        assertSomeRejected(answers);

        DecodingPlan byLookup = learningThroughout(Optional.of(true), DraftContext.PASSAGE_PROMPT);
        int[] prompt = promptThatFindsALikelyToken();
        answers = assertAnswersFollow(SpeculationTest::learned, byLookup, 3, prompt);
        assertThat(answers).anyMatch(answer -> answer.lookupDraftedTokens() > 0);
        assertSomeRejected(answers);

        answers = assertAnswersFollow(SpeculationTest::learned, byModel, SpeculationParameters.AUTOMATIC, PROMPT);
        assertThat(answers).allMatch(answer -> answer.roundsWithoutDraft() > 0);
    }

    /** With and without drafts, of models and looked up, over either context; penalties, too. */
    @Test
    void whereEveryTokenLearnsAGreedyAnswerIsTheSameWhateverIsDrafted() {
        SamplingParameters penalised = new SamplingParameters(0, 1, 0, 0.4, 0.3);
        for (DraftContext context : List.of(DraftContext.PASSAGE_PROMPT, DraftContext.PASSAGE_ROWS)) {
            for (SamplingParameters sampling : List.of(GREEDY, penalised)) {
                Set<List<Integer>> answers = new HashSet<>();
                Set<Integer> rounds = new HashSet<>();
                for (boolean lookup : new boolean[] {false, true}) {
                    for (int draftTokens : new int[] {SpeculationParameters.AUTOMATIC, 1, 3, 10}) {
                        Generation answer =
                                learnt(learningThroughout(Optional.of(lookup), context), draftTokens, sampling);
                        answers.add(answer.tokens());
                        rounds.add(answer.statistics().rounds());
                    }
                }
                assertThat(answers).as("%s %s", context, sampling).hasSize(1);
                assertThat(rounds).as("%s %s", context, sampling).hasSizeGreaterThan(2);
            }
        }
    }

    private static Generation learnt(DecodingPlan plan, int draftTokens, SamplingParameters sampling) {
        int[] twice = Arrays.copyOf(PROMPT, 2 * PROMPT.length);
        System.arraycopy(PROMPT, 0, twice, PROMPT.length, PROMPT.length);
        SpeculationParameters speculation = new SpeculationParameters(plan.margin(), draftTokens, 0, 0.1);
        try (Generator generator = generator(llama)) {
            return generator.generate(
                    request(twice, SHORT_PROMPT, plan, sampling, speculation, draftTokens, 40), QUIET);
        }
    }

    /** The prompt twice; between stands a token that may follow it, which is what is found. */
    private static int[] promptThatFindsALikelyToken() {
        int[] twice = Arrays.copyOf(PROMPT, 2 * PROMPT.length);
        System.arraycopy(PROMPT, 0, twice, PROMPT.length, PROMPT.length);
        for (int token : support(targets(twice, new int[0]))) {
            twice[PROMPT.length] = token;
            if (targets(twice, new int[0])[token] > 0.1) {
                return twice;
            }
        }
        throw new AssertionError("no token of those that may follow remains one when it stands in the prompt");
    }

    /**
     * @param distribution of what follows the prompt and some tokens
     * @return of each answer
     */
    private static List<GenerationStatistics> assertAnswersFollow(
            BiFunction<int[], int[], double[]> distribution, DecodingPlan plan, int draftTokens, int[] prompt) {
        int top = FEW.topK();
        int runs = 3000;
        SpeculationParameters speculation = new SpeculationParameters(plan.margin(), draftTokens, 0, 0.1);
        double[] first = distribution.apply(prompt, new int[0]);
        int[] firstTokens = support(first);
        double[] expected = new double[top * top];
        int[][] secondTokens = new int[top][];
        for (int i = 0; i < top; i++) {
            double[] second = distribution.apply(prompt, new int[] {firstTokens[i]});
            secondTokens[i] = support(second);
            for (int j = 0; j < top; j++) {
                expected[i * top + j] = first[firstTokens[i]] * second[secondTokens[i][j]];
            }
        }
        int[] observed = new int[top * top];
        List<GenerationStatistics> statistics = new ArrayList<>();
        try (Generator generator = generator(mistral)) {
            for (int seed = 0; seed < runs; seed++) {
                Generation answer =
                        generator.generate(request(prompt, SHORT_PROMPT, plan, FEW, speculation, seed, 2), QUIET);
                statistics.add(answer.statistics());
                List<Integer> tokens = answer.tokens();
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
        return statistics;
    }

    private static void assertSomeRejected(List<GenerationStatistics> answers) {
        int rejected = answers.stream()
                .mapToInt(answer -> answer.draftedTokens() - answer.acceptedTokens())
                .sum();
        assertThat(rejected).as("drafts that were rejected").isBetween(answers.size() / 10, answers.size());
    }

    private static double[] targets(int[] prompt, int[] answer) {
        return warped(llama, prompt, answer, FEW);
    }

    /** Eq. 6 of what {@link #targets} and the drafter have after temperature and top-k. */
    private static double[] learned(int[] prompt, int[] answer) {
        double[] p = warped(llama, prompt, answer, FEW);
        double[] q = warped(mistral, SHORT_PROMPT, answer, FEW);
        double likeliest = Arrays.stream(q).max().orElseThrow();
        double[] weights = IntStream.range(0, p.length)
                .mapToDouble(i -> p[i] * Math.exp(q[i] >= 0.1 * likeliest ? 20 * (q[i] - p[i]) : 0))
                .toArray();
        double sum = Arrays.stream(weights).sum();
        return Arrays.stream(weights).map(w -> w / sum).toArray();
    }

    private static double[] warped(LanguageModel model, int[] prompt, int[] answer, SamplingParameters sampling) {
        double[] logits = logits(model, prompt, Arrays.stream(answer).boxed().toList());
        double least = Arrays.stream(logits)
                .boxed()
                .sorted(Comparator.reverseOrder())
                .skip(sampling.topK() - 1)
                .findFirst()
                .orElseThrow();
        return softmax(Arrays.stream(logits)
                .map(z -> z < least ? Double.NEGATIVE_INFINITY : z / sampling.temperature())
                .toArray());
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1})
    void onlyRapidHeedsTheMargin(double temperature) {
        SamplingParameters sampling = new SamplingParameters(temperature, 1, 0, 0, 0);
        try (Generator generator = generator(mistral)) {
            for (Mode mode : Mode.values()) {
                Set<List<Integer>> answers = new HashSet<>();
                for (double margin : new double[] {0, 50}) {
                    SpeculationParameters speculation = new SpeculationParameters(margin, 10, 0, 0.1);
                    answers.add(generator
                            .generate(request(PROMPT, SHORT_PROMPT, mode, sampling, speculation, 7, 30), QUIET)
                            .tokens());
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
                int learned = learnedBest(expected, margin, plausibility);
                others += learned == chosen ? 0 : 1;
                chosen = learned;
                if (chosen == best(logits(mistral, SHORT_PROMPT, expected))) {
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
                GenerationRequest request = request(
                        PROMPT,
                        SHORT_PROMPT,
                        Mode.RAPID,
                        GREEDY,
                        new SpeculationParameters(margin, 1, 0, plausibility),
                        seed,
                        limit);
                assertThat(tokens(generator, request)).isEqualTo(expected);
            }
        }
    }

    @Test
    void whereEveryTokenLearnsAGreedyAnswerIsTheBestOfBothThroughout() {
        DecodingPlan plan = learningThroughout(NO_LOOKUP, DraftContext.PASSAGE_PROMPT);
        List<Integer> expected = new ArrayList<>();
        while (expected.size() < 12) {
            expected.add(learnedBest(expected, plan.margin(), 0.1));
        }
        try (Generator generator = generator(mistral)) {
            for (int draftTokens : new int[] {1, 4}) {
                SpeculationParameters speculation = new SpeculationParameters(plan.margin(), draftTokens, 0, 0.1);
                assertThat(tokens(generator, request(PROMPT, SHORT_PROMPT, plan, GREEDY, speculation, 1, 12)))
                        .isEqualTo(expected);
            }
        }
    }

    private static List<Integer> tokens(Generator generator, GenerationRequest request) {
        return generator.generate(request, QUIET).tokens();
    }

    /** The best of Eq. 6 after some tokens of the answer. */
    private static int learnedBest(List<Integer> answer, double margin, double plausibility) {
        double[] z = logits(llama, PROMPT, answer);
        double[] p = softmax(z);
        double[] q = softmax(logits(mistral, SHORT_PROMPT, answer));
        double likeliest = q[best(q)];
        return best(IntStream.range(0, z.length)
                .mapToDouble(i -> z[i] + (q[i] >= plausibility * likeliest ? margin * (q[i] - p[i]) : 0))
                .toArray());
    }

    /** The first draw of a round chooses the first drafted token; neighbouring seeds must not all choose the same. */
    @Test
    void neighbouringSeedsDrawIndependently() {
        int runs = 200;
        SamplingParameters sampling = new SamplingParameters(1, 1, 2, 0, 0);
        double[] first = warped(llama, PROMPT, new int[0], sampling);
        int token = support(first)[0];
        int observed = 0;
        try (Generator generator = generator(llama)) {
            for (int seed = 0; seed < runs; seed++) {
                GenerationRequest request = request(
                        PROMPT, PROMPT, Mode.SPECULATIVE, sampling, new SpeculationParameters(0, 1, 0, 0.1), seed, 2);
                List<Integer> tokens = generator.generate(request, QUIET).tokens();
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
            assertThat(followUp.tokens())
                    .isEqualTo(fresh.generate(request, QUIET).tokens());
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
            assertThat(followUp.tokens()).isEqualTo(fresh.tokens());
        }
        try (Generator forgetful = new Generator(llama, llama, Set.of(), 0)) {
            forgetful.generate(greedy(PROMPT, SHORT_PROMPT, Mode.RAPID, 10, 20), QUIET);
            assertThat(forgetful
                            .generate(greedy(longer, SHORT_PROMPT, Mode.RAPID, 10, 20), QUIET)
                            .statistics()
                            .cachedTokens())
                    .isZero();
        }
    }
}
