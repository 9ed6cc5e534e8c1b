package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.DraftContext;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.Mode;
import dev.rapid4j.TokenSource;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.decoding.Generation.FinishReason;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.tokenizer.TokenSet;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.testing.Golden;
import dev.rapid4j.testing.Golden.Expected;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers that may only be some, whoever drafts them. */
class ConstrainedGenerationTest extends GeneratorFixture {

    private static final int VOCABULARY = 384;
    private static final int END = 7;
    private static final SamplingParameters FEW = new SamplingParameters(0.8, 1, 4, 0, 0);
    private static final SamplingParameters PENALISED = new SamplingParameters(0, 1, 0, 1.5, 1);

    /**
     * A small automaton. Free tokens; then in turn one of a class that depends on the token before, one of two, of
     * which the larger is proposed, the only one, and one of a class; behind the last only an end token, or nothing.
     *
     * @param free so many tokens at the beginning
     * @param length so many tokens in all
     * @param ends whether an end token is written behind them; else the answer is complete
     */
    private record Turns(int free, int length, boolean ends, int at, int before) implements Constraint {

        Turns(int free, int length, boolean ends) {
            this(free, length, ends, 0, 0);
        }

        private int turn() {
            return (at - free) % 4;
        }

        private boolean follows(int token) {
            if (token == END) {
                return ends && at == length;
            }
            if (at == length) {
                return false;
            }
            return switch (turn()) {
                case 0 -> token % 40 == before % 40;
                case 1 -> token == smaller() || token == smaller() + 40;
                case 2 -> token == smaller() + 80;
                default -> token % 5 == 1;
            };
        }

        private int smaller() {
            return 30 + 3 * (before % 50);
        }

        @Override
        public Optional<TokenSet> allowed() {
            return at < free ? Optional.empty() : Optional.of(TokenSet.of(VOCABULARY, this::follows));
        }

        @Override
        public Constraint after(int token) {
            assertThat(at < free || follows(token))
                    .as("token %d at %d", token, at)
                    .isTrue();
            assertThat(token).isNotEqualTo(END);
            return new Turns(free, length, ends, at + 1, token);
        }

        @Override
        public int[] certain(int most) {
            if (at < free || at == length || turn() != 1) {
                return new int[0];
            }
            Turns next = new Turns(free, length, ends, at + 1, smaller() + 40);
            return Arrays.copyOf(
                    new int[] {smaller() + 40, next.smaller() + 80}, Math.min(most, at + 1 < length ? 2 : 1));
        }

        @Override
        public boolean complete() {
            return at == length && !ends;
        }
    }

    /** A free token and one of two that depend on it, in turn; of these the larger is proposed. */
    private record EverySecond(int length, int at, int before) implements Constraint {

        private int smaller() {
            return 30 + 3 * (before % 50);
        }

        @Override
        public Optional<TokenSet> allowed() {
            return at % 2 == 0 ? Optional.empty() : Optional.of(only(smaller(), smaller() + 40));
        }

        @Override
        public Constraint after(int token) {
            return new EverySecond(length, at + 1, token);
        }

        @Override
        public int[] certain(int most) {
            return at % 2 == 0 ? new int[0] : new int[] {smaller() + 40};
        }

        @Override
        public boolean complete() {
            return at == length;
        }
    }

    private static GenerationRequest request(
            int[] prompt,
            DecodingPlan plan,
            SamplingParameters sampling,
            int draftTokens,
            long seed,
            int limit,
            Constraint constraint) {
        return new GenerationRequest(
                prompts(prompt, SHORT_PROMPT),
                plan,
                sampling,
                new SpeculationParameters(plan.margin(), draftTokens, 0, 0.1),
                seed,
                limit,
                constraint);
    }

    private static DecodingPlan planned(Mode mode, boolean lookup, DraftContext context) {
        return DecodingPlan.of(mode, 0, false, DRAFT_CONTEXT, Optional.of(lookup), context, true);
    }

    /** Without a margin, all that leave the target's distribution as it is. */
    static List<DecodingPlan> exactPlans() {
        return List.of(
                planned(Mode.LONG_CONTEXT, true, DraftContext.PASSAGE_PROMPT),
                planned(Mode.SPECULATIVE, false, DraftContext.PASSAGE_PROMPT),
                planned(Mode.SPECULATIVE, true, DraftContext.PASSAGE_ROWS));
    }

    private static List<DecodingPlan> allExactPlans() {
        return List.of(
                planned(Mode.LONG_CONTEXT, false, DraftContext.PASSAGE_PROMPT),
                planned(Mode.LONG_CONTEXT, true, DraftContext.PASSAGE_PROMPT),
                planned(Mode.RAPID, true, DraftContext.PASSAGE_PROMPT),
                planned(Mode.SPECULATIVE, false, DraftContext.PASSAGE_PROMPT),
                planned(Mode.SPECULATIVE, true, DraftContext.PASSAGE_ROWS),
                planned(Mode.NAIVE_SPECULATIVE, false, DraftContext.PASSAGE_PROMPT),
                planned(Mode.STREAMING_DRAFT, false, DraftContext.PASSAGE_PROMPT));
    }

    private static DecodingPlan learningThroughout(boolean lookup) {
        return DecodingPlan.of(
                Mode.RAPID, 20, true, DRAFT_CONTEXT, Optional.of(lookup), DraftContext.PASSAGE_PROMPT, true);
    }

    private static int[] promptTwice() {
        int[] twice = Arrays.copyOf(PROMPT, 2 * PROMPT.length);
        System.arraycopy(PROMPT, 0, twice, PROMPT.length, PROMPT.length);
        return twice;
    }

    /** What may follow some tokens of the answer, by its logits at temperature 1, or what they are warped to. */
    private interface Distribution {
        double[] after(List<Integer> answer, Constraint constraint);
    }

    private static double[] masked(double[] logits, Constraint constraint) {
        return IntStream.range(0, logits.length)
                .mapToDouble(i -> constraint.allows(i) ? logits[i] : Double.NEGATIVE_INFINITY)
                .toArray();
    }

    private static double[] warped(double[] logits, SamplingParameters sampling) {
        double[] sorted = Arrays.stream(logits).sorted().toArray();
        double least = sampling.topK() == 0 ? Double.NEGATIVE_INFINITY : sorted[sorted.length - sampling.topK()];
        return softmax(Arrays.stream(logits)
                .map(z -> z < least ? Double.NEGATIVE_INFINITY : z / sampling.temperature())
                .toArray());
    }

    private static double[] targets(List<Integer> answer, Constraint constraint) {
        return warped(masked(logits(llama, promptTwice(), answer), constraint), FEW);
    }

    /** Eq. 6, where target and drafter choose among the same tokens. */
    private static double[] learned(List<Integer> answer, Constraint constraint) {
        double[] p = targets(answer, constraint);
        double[] q = warped(masked(logits(mistral, SHORT_PROMPT, answer), constraint), FEW);
        double likeliest = Arrays.stream(q).max().orElseThrow();
        double[] weights = IntStream.range(0, p.length)
                .mapToDouble(i -> p[i] * Math.exp(q[i] >= 0.1 * likeliest ? 20 * (q[i] - p[i]) : 0))
                .toArray();
        double sum = Arrays.stream(weights).sum();
        return Arrays.stream(weights).map(w -> w / sum).toArray();
    }

    private static void expect(
            Map<List<Integer>, Double> chances,
            Distribution distribution,
            Constraint constraint,
            List<Integer> answer,
            double chance,
            int length) {
        if (answer.size() == length) {
            chances.put(answer, chance);
            return;
        }
        double[] next = distribution.after(answer, constraint);
        for (int token : support(next)) {
            List<Integer> longer = new ArrayList<>(answer);
            longer.add(token);
            expect(chances, distribution, constraint.after(token), longer, chance * next[token], length);
        }
    }

    /** Chi-square test over all answers that there are. */
    private static List<GenerationStatistics> assertAnswersFollow(
            Distribution distribution, DecodingPlan plan, int draftTokens, Constraint constraint, int length) {
        int runs = 1000;
        Map<List<Integer>, Double> chances = new HashMap<>();
        expect(chances, distribution, constraint, List.of(), 1, length);
        Map<List<Integer>, Integer> observed = new HashMap<>();
        List<GenerationStatistics> statistics = new ArrayList<>();
        int[] prompt = promptTwice();
        try (Generator generator = generator(mistral)) {
            for (int seed = 0; seed < runs; seed++) {
                Generation answer =
                        generator.generate(request(prompt, plan, FEW, draftTokens, seed, 10, constraint), QUIET);
                statistics.add(answer.statistics());
                observed.merge(answer.tokens(), 1, Integer::sum);
            }
        }
        assertThat(chances.keySet()).containsAll(observed.keySet());
        double rare = 0;
        int rareObserved = 0;
        double chiSquare = 0;
        int cells = 0;
        for (Map.Entry<List<Integer>, Double> one : chances.entrySet()) {
            double mean = one.getValue() * runs;
            int count = observed.getOrDefault(one.getKey(), 0);
            if (mean < 5) {
                rare += mean;
                rareObserved += count;
            } else {
                chiSquare += (count - mean) * (count - mean) / mean;
                cells++;
            }
        }
        if (rare > 0) {
            chiSquare += (rareObserved - rare) * (rareObserved - rare) / Math.max(1, rare);
            cells++;
        }
        // Wilson and Hilferty's bound: exceeded with a probability of 0.001 if the distributions are the same
        double freedom = cells - 1;
        double part = 2 / (9 * freedom);
        assertThat(chiSquare)
                .as("%s of %d answers", plan, cells)
                .isLessThan(freedom * Math.pow(1 - part + 3.09 * Math.sqrt(part), 3));
        return statistics;
    }

    /** Drafts, the model's and those looked up, run from where all tokens may follow to where only some may. */
    @ParameterizedTest
    @MethodSource("exactPlans")
    void withoutMarginAnswersFollowTheTargetsMaskedDistribution(DecodingPlan plan) {
        List<GenerationStatistics> answers =
                assertAnswersFollow(ConstrainedGenerationTest::targets, plan, 4, new Turns(1, 4, false), 4);
        assertThat(answers).anyMatch(answer -> answer.draftedTokens() > answer.acceptedTokens());
    }

    /** Before, between and behind drawn tokens; where what is drawn behind it may be any, and where it may not. */
    @Test
    void whatHasToComeInAModelsDraftLeavesTheTargetsMaskedDistributionAsItIs() {
        DecodingPlan plan = planned(Mode.SPECULATIVE, false, DraftContext.PASSAGE_PROMPT);
        for (Constraint constraint : List.of(new Turns(0, 4, false), new EverySecond(4, 0, 0))) {
            List<GenerationStatistics> answers =
                    assertAnswersFollow(ConstrainedGenerationTest::targets, plan, 4, constraint, 4);
            assertThat(answers).anyMatch(answer -> answer.grammarDraftedTokens() > answer.grammarAcceptedTokens());
        }
    }

    @Test
    void whereEveryTokenLearnsAnswersFollowEq6OfTheMaskedDistributionsWhoeverDrafts() {
        DecodingPlan plan = learningThroughout(true);
        assertAnswersFollow(ConstrainedGenerationTest::learned, plan, 4, new Turns(1, 4, false), 4);
        assertAnswersFollow(
                ConstrainedGenerationTest::learned, plan, SpeculationParameters.AUTOMATIC, new Turns(0, 4, false), 4);
        assertAnswersFollow(
                ConstrainedGenerationTest::learned, learningThroughout(false), 4, new EverySecond(4, 0, 0), 4);
    }

    private static void penalise(double[] logits, List<Integer> answer, SamplingParameters sampling) {
        for (int token : new HashSet<>(answer)) {
            long count = answer.stream().filter(other -> other == token).count();
            logits[token] -= count * sampling.frequencyPenalty() + sampling.presencePenalty();
        }
    }

    /** Token by token with a mask, as plainly as can be. */
    private static List<Integer> greedyAnswer(SamplingParameters sampling, Turns constraint, int limit) {
        List<Integer> answer = new ArrayList<>();
        Constraint at = constraint;
        while (answer.size() < limit && !at.complete()) {
            double[] logits = logits(llama, promptTwice(), answer);
            penalise(logits, answer, sampling);
            int best = best(masked(logits, at));
            if (best == END) {
                break;
            }
            answer.add(best);
            at = at.after(best);
        }
        return answer;
    }

    @Test
    void greedyAnswersAreThoseOfPlainConstrainedDecodingWhoeverDrafts() {
        for (SamplingParameters sampling : List.of(GREEDY, PENALISED)) {
            for (Turns constraint : List.of(new Turns(0, 37, true), new Turns(6, 30, false), new Turns(0, 90, true))) {
                List<Integer> expected = greedyAnswer(sampling, constraint, 40);
                FinishReason reason = constraint.length() < 40 ? FinishReason.STOP : FinishReason.LENGTH;
                for (int draftTokens : new int[] {SpeculationParameters.AUTOMATIC, 1, 10}) {
                    for (DecodingPlan plan : allExactPlans()) {
                        try (Generator generator = new Generator(llama, mistral, Set.of(END), CACHE_BYTES)) {
                            Generation answer = generator.generate(
                                    request(promptTwice(), plan, sampling, draftTokens, 1, 40, constraint), QUIET);
                            assertThat(answer.tokens())
                                    .as("%s %s", plan, constraint)
                                    .isEqualTo(expected);
                            assertThat(answer.finishReason()).isEqualTo(reason);
                        }
                    }
                }
            }
        }
    }

    static List<SamplingParameters> greedy() {
        return List.of(GREEDY, PENALISED);
    }

    @ParameterizedTest
    @MethodSource("greedy")
    void whereEveryTokenLearnsAGreedyAnswerIsTheBestOfMaskedEq6WhateverIsDrafted(SamplingParameters sampling) {
        Turns constraint = new Turns(2, 30, false);
        List<Integer> expected = new ArrayList<>();
        Constraint at = constraint;
        while (!at.complete()) {
            double[] z = masked(logits(llama, promptTwice(), expected), at);
            double[] zOfDrafter = masked(logits(mistral, SHORT_PROMPT, expected), at);
            penalise(z, expected, sampling);
            penalise(zOfDrafter, expected, sampling);
            double[] p = softmax(z);
            double[] q = softmax(zOfDrafter);
            double likeliest = Arrays.stream(q).max().orElseThrow();
            int best = best(IntStream.range(0, z.length)
                    .mapToDouble(i -> z[i] + (q[i] >= 0.1 * likeliest ? 20 * (q[i] - p[i]) : 0))
                    .toArray());
            expected.add(best);
            at = at.after(best);
        }
        try (Generator generator = generator(mistral)) {
            for (boolean lookup : new boolean[] {false, true}) {
                for (int draftTokens : new int[] {SpeculationParameters.AUTOMATIC, 1, 4, 10}) {
                    GenerationRequest request = request(
                            promptTwice(), learningThroughout(lookup), sampling, draftTokens, 1, 40, constraint);
                    assertThat(generator.generate(request, QUIET).tokens()).isEqualTo(expected);
                }
            }
        }
    }

    /** In every mode, with every kind of sampling, in other numbers, too. */
    @ParameterizedTest
    @EnumSource(
            value = WeightFormat.class,
            names = {"FLOAT32", "BFLOAT16", "INT8"})
    void answersKeepToWhatTheyAreHeldToAndASeedFixesThem(WeightFormat format) {
        SamplingParameters drawn = new SamplingParameters(1, 0.9, 50, 0.5, 0.5);
        Turns constraint = new Turns(3, 25, true);
        try (LanguageModel model = LanguageModel.load(Golden.checkpoint("qwen3-tiny"), Device.CPU, format);
                Generator generator = new Generator(model, mistral, Set.of(END), CACHE_BYTES)) {
            for (Mode mode : Mode.values()) {
                for (double margin : new double[] {0, 20}) {
                    for (SamplingParameters sampling : List.of(GREEDY, drawn)) {
                        Set<List<Integer>> answers = new HashSet<>();
                        for (int i = 0; i < 2; i++) {
                            int draftTokens = mode == Mode.RAPID ? 5 : SpeculationParameters.AUTOMATIC;
                            DecodingPlan plan = plan(mode, margin);
                            Generation answer = generator.generate(
                                    request(PROMPT, plan, sampling, draftTokens, 3, 40, constraint), QUIET);
                            Constraint at = constraint;
                            for (int token : answer.tokens().subList(0, 25)) {
                                at = at.after(token);
                            }
                            assertThat(answer.tokens()).hasSize(25);
                            assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
                            answers.add(answer.tokens());
                        }
                        if (format == WeightFormat.FLOAT32 || sampling == drawn) {
                            assertThat(answers).as("%s %s", mode, sampling).hasSize(1);
                        }
                    }
                }
            }
        }
    }

    static List<String> models() {
        return Golden.MODELS;
    }

    @ParameterizedTest
    @MethodSource("models")
    void theFirstTokenIsTheBestOfTheMaskedReferenceLogits(String name) {
        Expected expected = Expected.of(name);
        int[] prompt = Arrays.copyOf(expected.inputIds(), 150);
        float[] row = expected.logits()[149];
        try (LanguageModel model = LanguageModel.load(Golden.checkpoint(name), Device.CPU, WeightFormat.FLOAT32);
                Generator generator = new Generator(model, model, Set.of(), CACHE_BYTES)) {
            for (int residue = 0; residue < 7; residue++) {
                int rest = residue;
                TokenSet members = TokenSet.of(VOCABULARY, token -> token % 7 == rest);
                int best = best(masked(
                        IntStream.range(0, row.length).mapToDouble(i -> row[i]).toArray(), always(members)));
                GenerationRequest request =
                        request(prompt, plan(Mode.LONG_CONTEXT, 0), GREEDY, 10, 1, 1, always(members));
                assertThat(generator.generate(request, QUIET).tokens()).containsExactly(best);
            }
        }
    }

    private static Constraint always(TokenSet members) {
        return new Constraint() {
            @Override
            public Optional<TokenSet> allowed() {
                return Optional.of(members);
            }

            @Override
            public Constraint after(int token) {
                return this;
            }
        };
    }

    private static TokenSet only(int... tokens) {
        return TokenSet.of(VOCABULARY, token -> IntStream.of(tokens).anyMatch(one -> one == token));
    }

    /** One token after the other, each the only one, and behind them any; more than are read in one pass. */
    private record Spelled(int[] tokens, int at) implements Constraint {

        @Override
        public Optional<TokenSet> allowed() {
            return at < tokens.length ? Optional.of(only(tokens[at])) : Optional.empty();
        }

        @Override
        public Constraint after(int token) {
            return new Spelled(tokens, at + 1);
        }
    }

    @Test
    void whatHasNoChoiceTakesNoPassAndIsReadWithTheNext() {
        int[] spelled = Arrays.copyOfRange(PROMPT, 0, 100);
        int[] prompt = Stream.of(PROMPT, spelled).flatMapToInt(Arrays::stream).toArray();
        List<TokenSource> sources = new ArrayList<>();
        GenerationListener listener = new GenerationListener() {
            @Override
            public boolean onToken(int token, TokenSource source) {
                sources.add(source);
                return false;
            }
        };
        for (Mode mode : List.of(Mode.LONG_CONTEXT, Mode.SPECULATIVE, Mode.RAPID)) {
            try (Generator generator = generator(mistral)) {
                sources.clear();
                List<Integer> further = generator
                        .generate(request(prompt, plan(mode, 0), GREEDY, 4, 1, 10, Constraint.NONE), QUIET)
                        .tokens();
                Generation answer = generator.generate(
                        request(PROMPT, plan(mode, 0), GREEDY, 4, 1, 110, new Spelled(spelled, 0)), listener);
                assertThat(answer.tokens().subList(100, 110)).isEqualTo(further);
                assertThat(sources.subList(0, 100)).containsOnly(TokenSource.GRAMMAR);
                assertThat(sources.subList(100, 110)).doesNotContain(TokenSource.GRAMMAR);
                GenerationStatistics statistics = answer.statistics();
                assertThat(statistics.grammarDraftedTokens()).isEqualTo(100);
                assertThat(statistics.grammarAcceptedTokens()).isEqualTo(100);
                assertThat(statistics.emittedTokens()).isEqualTo(statistics.acceptedTokens() + statistics.rounds());
            }
        }
    }

    @Test
    void aModelsDraftTakesWhatHasToComeWithoutAskingTheModel() {
        for (DecodingPlan plan : List.of(plan(Mode.SPECULATIVE, 0), learningThroughout(false))) {
            List<GenerationStatistics> rounds = new ArrayList<>();
            GenerationListener listener = new GenerationListener() {
                @Override
                public void onRound(GenerationStatistics statistics) {
                    rounds.add(statistics);
                }
            };
            try (Generator generator = generator(mistral)) {
                generator.generate(request(PROMPT, plan, GREEDY, 10, 1, 40, new EverySecond(40, 0, 0)), listener);
            }
            // of ten every second, the first or the last included
            assertThat(rounds.get(0).draftedTokens()).isEqualTo(10);
            assertThat(rounds.get(0).grammarDraftedTokens()).isEqualTo(5);
        }
    }

    @Test
    void inThePapersWayToLearnAllOfADraftIsToBeLearnedFrom() {
        try (Generator generator = generator(mistral)) {
            GenerationStatistics statistics = generator
                    .generate(
                            request(PROMPT, plan(Mode.RAPID, 20), GREEDY, 10, 1, 40, new EverySecond(40, 0, 0)), QUIET)
                    .statistics();
            assertThat(statistics.draftedTokens()).isPositive();
            assertThat(statistics.grammarDraftedTokens()).isZero();
        }
    }

    @Test
    void anAnswerOfWhichNothingIsLeftToChooseTakesNoPassAtAll() {
        try (Generator generator = new Generator(llama, mistral, Set.of(END, 8), CACHE_BYTES)) {
            Generation none = generator.generate(
                    request(PROMPT, plan(Mode.SPECULATIVE, 0), GREEDY, 4, 1, 9, always(only(END, 8))), QUIET);
            assertThat(none.tokens()).isEmpty();
            assertThat(none.finishReason()).isEqualTo(FinishReason.STOP);
            assertThat(none.statistics().rounds()).isZero();

            Generation same = generator.generate(
                    request(PROMPT, plan(Mode.SPECULATIVE, 0), GREEDY, 4, 1, 9, always(only(5))), QUIET);
            assertThat(same.tokens()).hasSize(9).containsOnly(5);
            assertThat(same.finishReason()).isEqualTo(FinishReason.LENGTH);
            assertThat(same.statistics().rounds()).isZero();
        }
    }

    @Test
    void aConstraintThatLeavesNothingIsAClearErrorAndTheEngineGoesOn() {
        Constraint dead = new Constraint() {
            @Override
            public Optional<TokenSet> allowed() {
                // what the vocabulary's padding holds cannot be chosen
                return Optional.of(TokenSet.of(VOCABULARY + 16, token -> token >= VOCABULARY));
            }

            @Override
            public Constraint after(int token) {
                return this;
            }
        };
        try (Generator generator = generator(mistral)) {
            for (Mode mode : Mode.values()) {
                GenerationRequest request = request(PROMPT, plan(mode, 0), GREEDY, 4, 1, 9, dead);
                assertThatThrownBy(() -> generator.generate(request, QUIET))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("No token of the model can follow");
                assertThat(generator
                                .generate(request(PROMPT, plan(mode, 0), GREEDY, 4, 1, 9, Constraint.NONE), QUIET)
                                .tokens())
                        .hasSize(9);
            }
        }
    }
}
