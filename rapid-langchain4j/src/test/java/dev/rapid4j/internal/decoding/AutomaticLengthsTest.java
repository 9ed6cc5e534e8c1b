package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.decoding.Round.Choice;
import dev.rapid4j.internal.decoding.Round.Comparison;
import dev.rapid4j.internal.decoding.Round.Lookup;
import dev.rapid4j.internal.decoding.Round.Outcome;
import dev.rapid4j.internal.decoding.Round.Reader;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Answers of a simulated engine, whose passes take what real ones have taken. */
class AutomaticLengthsTest {

    private static final int ANSWER = 48;

    /** Milliseconds of a pass; docs/design.md, sections 7 and 8. */
    enum Machine {
        /** Qwen2.5-0.5B in float32: 1, 2, 11, 33 tokens; attention over 16,384 tokens for as many. */
        FLOAT32(new double[] {76, 90, 222, 267}, new double[] {33, 47, 129, 252}, 0.15, 0.28),
        /** INT8 with AVX-512, attention as in float32. */
        INT8(new double[] {30, 33, 62, 143}, new double[] {33, 47, 129, 252}, 0.15, 0.28),
        /** INT8 with AVX2. */
        INT8_AVX2(new double[] {45, 60, 130, 290}, new double[] {37, 52, 145, 290}, 0.15, 0.28),
        /** bfloat16 with AMX. */
        BFLOAT16(new double[] {70, 71, 75, 95}, new double[] {23, 27, 60, 95}, 0.05, 0.28),
        /** A small model, whose calls cost most. */
        SMALL(new double[] {1.6, 1.9, 3.5, 6}, new double[] {2.2, 3, 9, 20}, 0.15, 0.28);

        private static final int[] TOKENS = {1, 2, 11, 33};

        final double[] weights;
        final double[] attention;
        final PassTimes nominal;

        Machine(double[] weights, double[] attention, double further, double furtherOverCached) {
            this.weights = weights;
            this.attention = attention;
            double pass = weights[0] < 10 ? 0.002 : 0.13;
            double cached = (weights[0] < 10 ? 2e-3 : 29e-3) / 16384;
            this.nominal = PassTimes.of(pass, further * pass, cached, furtherOverCached * cached);
        }

        double seconds(int tokens, double cached) {
            return (at(weights, tokens) + at(attention, tokens) * cached / 16384) / 1e3;
        }

        private static double at(double[] times, int tokens) {
            int i = 1;
            while (i < TOKENS.length - 1 && TOKENS[i] < tokens) {
                i++;
            }
            double share = (double) (tokens - TOKENS[i - 1]) / (TOKENS[i] - TOKENS[i - 1]);
            return times[i - 1] + share * (times[i] - times[i - 1]);
        }
    }

    /** Answers one after the other, of an engine that has just been loaded. */
    static final class Simulation {

        final Machine machine;
        final double drafterShare;
        final int context;
        final int drafterContext;
        final DoubleUnaryOperator chance;
        final double lookups;
        final SplittableRandom random;
        final Experience experience;
        double seconds;
        double plainSeconds;
        int tokens;

        Simulation(
                Machine machine,
                double drafterShare,
                int context,
                DoubleUnaryOperator chance,
                double lookups,
                int seed) {
            this.machine = machine;
            this.drafterShare = drafterShare;
            this.context = context;
            this.drafterContext = Math.min(context, 1024);
            this.chance = chance;
            this.lookups = lookups;
            this.random = new SplittableRandom(seed);
            PassCosts target = new PassCosts(machine.nominal);
            PassTimes small = PassTimes.of(Arrays.stream(machine.nominal.seconds())
                    .map(seconds -> seconds * drafterShare)
                    .toArray());
            this.experience =
                    Experience.of(target, drafterShare == 1 ? target : new PassCosts(small, Optional.of(target)));
        }

        /** Time over that of decoding without drafts. */
        double answer(DraftLengths lengths) {
            double begin = seconds;
            double plainBegin = plainSeconds;
            int answered = 0;
            int read = 0;
            while (answered < ANSWER) {
                Optional<Lookup> lookup = random.nextDouble() < lookups
                        ? Optional.of(new Lookup(3 + random.nextInt(8), 32))
                        : Optional.empty();
                Round round = new Round(
                        ANSWER - answered - 1,
                        new Reader(1, context + answered),
                        Optional.of(new Reader(answered - read + 1, drafterContext + read)),
                        lookup,
                        0,
                        answered,
                        false,
                        1);
                Choice choice = lengths.choose(round);
                boolean lookedUp = choice.source() == TokenSource.LOOKUP;
                double p = lookedUp ? 0.5 : chance.applyAsDouble(tokens);
                int accepted = 0;
                while (accepted < choice.tokens() && random.nextDouble() < p) {
                    accepted++;
                }
                double drafting = 0;
                if (choice.source() == TokenSource.DRAFTER) {
                    drafting = machine.seconds(answered - read + 1, drafterContext + read);
                    for (int i = 1; i < choice.tokens(); i++) {
                        drafting += machine.seconds(1, drafterContext + answered + i);
                    }
                    drafting *= drafterShare;
                    read = answered + Math.min(accepted, choice.tokens() - 1);
                }
                double noise = 0.95 + 0.1 * random.nextDouble() + (random.nextInt(60) == 0 ? 2 : 0);
                double verifying = machine.seconds(1 + choice.tokens(), context + answered) * noise;
                drafting *= 0.95 + 0.1 * random.nextDouble();
                int compared = lookedUp ? choice.tokens() : lookup.isPresent() ? 1 : 0;
                int alike = lookedUp ? accepted : compared == 1 && random.nextDouble() < 0.5 ? 1 : 0;
                Outcome outcome = new Outcome(
                        Collections.nCopies(choice.tokens(), choice.source()),
                        accepted,
                        new Comparison(compared, alike),
                        Comparison.NONE,
                        drafting,
                        verifying);
                lengths.ended(round, outcome);
                experience.ended(round, outcome, true);
                seconds += drafting + verifying / noise;
                for (int i = 0; i <= accepted; i++) {
                    plainSeconds += machine.seconds(1, context + answered + i);
                }
                answered += accepted + 1;
                tokens += accepted + 1;
            }
            return (seconds - begin) / (plainSeconds - plainBegin);
        }
    }

    private static final List<Integer> CONTEXTS = List.of(2_048, 16_384, 65_536);
    private static final List<Double> CHANCES = List.of(0.3, 0.6, 0.9);

    /** Rising and falling within an answer. */
    private static final DoubleUnaryOperator DRIFTING = token -> 0.6 + 0.35 * Math.sin(token / 40.0);

    private static List<DoubleUnaryOperator> chances() {
        Stream<DoubleUnaryOperator> constant = CHANCES.stream().map(chance -> token -> chance);
        return Stream.concat(constant, Stream.of(DRIFTING)).toList();
    }

    /** Time over that without drafts: of the first answers of so many engines, and of later ones. */
    private record Mean(double first, double later) {}

    private static Mean mean(IntFunction<Simulation> simulations) {
        double first = 0;
        double later = 0;
        int engines = 15;
        int answers = 4;
        for (int i = 0; i < engines; i++) {
            Simulation engine = simulations.apply(i);
            first += engine.answer(AutomaticLengths.of(engine.experience)) / engines;
            for (int j = 0; j < answers; j++) {
                later += engine.answer(AutomaticLengths.of(engine.experience)) / engines / answers;
            }
        }
        return new Mean(first, later);
    }

    @ParameterizedTest
    @EnumSource(Machine.class)
    void answersAreNeverSlowerThanWithoutDraftsButForALittleTheFirstIncluded(Machine machine) {
        for (double drafter : List.of(1.0, 0.1)) {
            for (int context : CONTEXTS) {
                for (DoubleUnaryOperator chance : chances()) {
                    for (double lookups : List.of(0.0, 0.3)) {
                        Mean mean = mean(seed -> new Simulation(machine, drafter, context, chance, lookups, seed));
                        assertThat(mean.first())
                                .as("%s, drafter %s, %d", machine, drafter, context)
                                .isLessThan(1.07);
                        assertThat(mean.later())
                                .as("%s, drafter %s, %d", machine, drafter, context)
                                .isLessThan(1.05);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Machine.class)
    void answersAreNearlyAsFastAsWithTheBestFixedLength(Machine machine) {
        for (int context : List.of(2_048, 65_536)) {
            for (double chance : List.of(0.5, 0.8, 0.9)) {
                IntFunction<Simulation> engines =
                        seed -> new Simulation(machine, 0.1, context, token -> chance, 0.3, seed);
                double best = 1;
                for (int length = 1; length <= 12; length++) {
                    double mean = 0;
                    for (int seed = 0; seed < 10; seed++) {
                        mean += engines.apply(seed).answer(DraftLengths.fixed(length)) / 10;
                    }
                    best = Math.min(best, mean);
                }
                assertThat(mean(engines).later())
                        .as("%s, %d, %s", machine, context, chance)
                        .isLessThan(1.15 * best);
            }
        }
    }

    private static Choice choice(AutomaticLengths lengths, Optional<Reader> drafter, Optional<Lookup> lookup) {
        return lengths.choose(new Round(30, new Reader(1, 8_192), drafter, lookup, 0, 10, false, 1));
    }

    private static Experience experience(double drafter) {
        return new Simulation(Machine.FLOAT32, drafter, 8_192, token -> 0.7, 0, 1).experience;
    }

    @Test
    void whatIsReproducibleDoesNotDependOnWhatWasMeasuredOrAnsweredBefore() {
        Experience experience = experience(0.1);
        Optional<Reader> drafter = Optional.of(new Reader(1, 1_024));
        Choice before = choice(AutomaticLengths.reproducible(experience), drafter, Optional.empty());
        Round round = new Round(30, new Reader(1, 8_192), drafter, Optional.empty(), 0, 10, false, 1);
        for (int i = 0; i < 50; i++) {
            experience.ended(
                    round,
                    new Outcome(
                            Collections.nCopies(3, TokenSource.DRAFTER), 0, Comparison.NONE, Comparison.NONE, 100, 1),
                    true);
        }
        assertThat(before.tokens()).isPositive();
        assertThat(choice(AutomaticLengths.reproducible(experience), drafter, Optional.empty()))
                .isEqualTo(before);
    }

    @Test
    void aDrafterThatIsAsSlowAsTheTargetDraftsNothingAndNeedNotRead() {
        AutomaticLengths lengths = AutomaticLengths.reproducible(experience(1));
        Reader drafter = new Reader(1, 1_024);
        assertThat(choice(lengths, Optional.of(drafter), Optional.empty())).isEqualTo(Choice.NONE);
        assertThat(lengths.drafts(
                        new Round(30, new Reader(1, 8_192), Optional.of(drafter), Optional.empty(), 0, 0, false, 1)))
                .isFalse();
    }

    /** Where it reads every token anyway, only what drafts take beyond that counts. */
    @Test
    void aDrafterThatReadsEveryTokenNeedNotRepayIt() {
        Experience experience = experience(1);
        Optional<Reader> drafter = Optional.of(new Reader(1, 1_024));
        Round round = new Round(30, new Reader(1, 8_192), drafter, Optional.empty(), 0, 10, true, 1);
        AutomaticLengths lengths = AutomaticLengths.reproducible(experience);
        assertThat(choice(lengths, drafter, Optional.empty())).isEqualTo(Choice.NONE);
        assertThat(lengths.choose(round).source()).isEqualTo(TokenSource.DRAFTER);
        assertThat(lengths.drafts(round)).isTrue();
    }

    @Test
    void aPromptIsReadOnlyForAnswersThatAreLongEnough() {
        AutomaticLengths lengths = AutomaticLengths.reproducible(experience(0.1));
        Optional<Reader> unread = Optional.of(new Reader(2_000, 0));
        assertThat(choice(lengths, unread, Optional.empty())).isEqualTo(Choice.NONE);
        Round late = new Round(30, new Reader(1, 8_192), unread, Optional.empty(), 0, 500, false, 1);
        assertThat(lengths.choose(late).source()).isEqualTo(TokenSource.DRAFTER);
    }

    @Test
    void whatIsReproducibleDoesNotDependOnHowMuchOfAPromptIsInACache() {
        for (Reader drafter : List.of(new Reader(1, 1_023), new Reader(1_000, 24), new Reader(1_024, 0))) {
            // too slow to be read at once, but worth a try if it had been
            AutomaticLengths lengths = AutomaticLengths.reproducible(experience(0.6));
            Round first = new Round(30, new Reader(1, 8_192), Optional.of(drafter), Optional.empty(), 0, 0, false, 1);
            assertThat(lengths.drafts(first)).isFalse();
            assertThat(lengths.choose(first)).as("%s", drafter).isEqualTo(Choice.NONE);
        }
    }

    @Test
    void ofWhatIsLookedUpTheMoreIsProposedTheLongerItIsAlike() {
        AutomaticLengths lengths = AutomaticLengths.reproducible(experience(1));
        Choice longer = choice(lengths, Optional.empty(), Optional.of(new Lookup(16, 30)));
        Choice shorter = choice(lengths, Optional.empty(), Optional.of(new Lookup(5, 30)));
        assertThat(longer.source()).isEqualTo(TokenSource.LOOKUP);
        assertThat(longer.tokens()).isGreaterThan(shorter.tokens()).isLessThanOrEqualTo(30);
        assertThat(choice(lengths, Optional.empty(), Optional.of(new Lookup(16, 1)))
                        .tokens())
                .isEqualTo(1);
    }

    private static Round constrained(int certain) {
        return new Round(
                30, new Reader(1, 8_192), Optional.of(new Reader(1, 1_024)), Optional.empty(), certain, 10, false, 1);
    }

    @Test
    void whatHasToComeIsProposedWithoutAModelAsLongAsItStands() {
        Experience experience = experience(0.5);
        assertThat(AutomaticLengths.reproducible(experience).choose(constrained(6)))
                .isEqualTo(new Choice(TokenSource.GRAMMAR, 6));
        assertThat(DraftLengths.fixed(5).choose(constrained(6))).isEqualTo(new Choice(TokenSource.GRAMMAR, 5));
        AutomaticLengths lengths = AutomaticLengths.reproducible(experience);
        for (int i = 0; i < 40; i++) {
            // the model spells it otherwise, whether it was proposed or not
            lengths.ended(constrained(6), new Outcome(List.of(), 0, Comparison.NONE, new Comparison(1, 0), 0, 0.2));
        }
        assertThat(lengths.choose(constrained(6)).source()).isNotEqualTo(TokenSource.GRAMMAR);
    }

    @Test
    void aModelsDraftIsThoughtToAlternateWithWhatHasToComeAsItDidInTheAnswer() {
        List<TokenSource> draft = Stream.of(4, 5, 4, 5)
                .flatMap(length -> Stream.concat(
                        Collections.nCopies(length, TokenSource.DRAFTER).stream(),
                        Collections.nCopies(length, TokenSource.GRAMMAR).stream()))
                .toList();
        CertainStretches stretches = new CertainStretches();
        assertThat(stretches.likely(0, 30)).containsOnly(TokenSource.DRAFTER);
        for (int i = 0; i < 5; i++) {
            stretches.observed(0, 40, draft);
        }
        List<TokenSource> likely = stretches.likely(3, 30);
        assertThat(likely).hasSize(30);
        assertThat(likely.subList(0, 4))
                .containsExactly(TokenSource.GRAMMAR, TokenSource.GRAMMAR, TokenSource.GRAMMAR, TokenSource.DRAFTER);
        assertThat(Collections.frequency(likely, TokenSource.GRAMMAR)).isBetween(13, 19);
        assertThat(DraftLengths.fixed(10).choose(constrained(6))).isEqualTo(new Choice(TokenSource.DRAFTER, 10));
    }

    @Test
    void whatHasToComeInADraftIsReadWithTheNextTokenThatIsDrawn() {
        List<TokenSource> draft = List.of(
                TokenSource.GRAMMAR,
                TokenSource.GRAMMAR,
                TokenSource.DRAFTER,
                TokenSource.DRAFTER,
                TokenSource.GRAMMAR,
                TokenSource.DRAFTER,
                TokenSource.GRAMMAR);
        Reader reader = new Reader(3, 100);
        assertThat(reader.drafting(draft, false))
                .isEqualTo(PassWork.pass(5, 100).plus(PassWork.pass(1, 105)).plus(PassWork.pass(2, 106)));
        assertThat(reader.drafting(draft, true))
                .isEqualTo(reader.drafting(draft, false).plus(PassWork.pass(2, 108)));
    }

    @Test
    void tokensThatTookNoPassOfTheirOwnAreNotMistakenForAPlainRound() {
        Experience experience = experience(0.1);
        AutomaticLengths lengths = AutomaticLengths.of(experience);
        Round plain = new Round(30, new Reader(1, 8_192), Optional.empty(), Optional.empty(), 4, 10, false, 1);
        Round several = new Round(30, new Reader(5, 8_192), Optional.empty(), Optional.empty(), 4, 10, false, 1);
        assertThat(lengths.choose(plain)).isEqualTo(Choice.NONE);
        assertThat(lengths.choose(several).source()).isEqualTo(TokenSource.GRAMMAR);
    }

    @Test
    void nothingIsDraftedWhereNothingMayFollow() {
        Round last =
                new Round(0, new Reader(1, 100), Optional.of(new Reader(1, 100)), Optional.empty(), 0, 10, false, 1);
        assertThat(AutomaticLengths.reproducible(experience(0.1)).choose(last)).isEqualTo(Choice.NONE);
        assertThat(DraftLengths.fixed(10).choose(last)).isEqualTo(Choice.NONE);
    }
}
