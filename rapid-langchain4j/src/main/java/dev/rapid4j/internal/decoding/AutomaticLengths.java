package dev.rapid4j.internal.decoding;

import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.decoding.Round.Choice;
import dev.rapid4j.internal.decoding.Round.Outcome;
import dev.rapid4j.internal.decoding.Round.Reader;
import java.util.Collections;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/**
 * Of the lengths of a round the one with the most tokens a second, by what passes take and how likely drafted tokens
 * stand; none where nothing pays. What does not seem to pay is tried now and then, as far as the {@link DraftBudget}
 * goes.
 */
final class AutomaticLengths implements DraftLengths {

    /** Hardly any text is certain for longer, and what so long a pass takes is known less well. */
    private static final int MOST = 32;

    /** Less is within the error of what passes are thought to take. */
    private static final double LEAST_SPEED_UP = 1.06;

    /** The best chance of a drafted token that is hoped for where drafts are only tried. */
    private static final double BEST_CHANCE = 0.97;

    /** Passes that were not measured are hoped to take so much of their nominal time. */
    private static final double BEST_TIME = 0.7;

    /** After so many rounds with drafts a pass without one is measured. */
    private static final int ROUNDS_WITH_DRAFTS = 40;

    /** An answer is thought to go on for as many tokens as it has, and for so many at least. */
    private static final int LIKELY_TOKENS = 32;

    private final boolean learning;
    private final Experience experience;
    private final Acceptance acceptance;
    private final CertainStretches stretches = new CertainStretches();
    private int roundsWithDrafts;
    /** Whether the model that drafts waits with its prompt until it is chosen. */
    private boolean readsLate;

    private AutomaticLengths(boolean learning, Experience experience) {
        this.learning = learning;
        this.experience = experience;
        this.acceptance = experience.acceptance().nextAnswer();
        experience.budget().answerBegins();
    }

    /** For one answer of an engine. */
    static AutomaticLengths of(Experience experience) {
        return new AutomaticLengths(true, experience);
    }

    /**
     * The same in the same rounds, whatever the clock says and was answered before.
     *
     * @param experience of which the nominal times are used alone
     */
    static AutomaticLengths reproducible(Experience experience) {
        return new AutomaticLengths(false, experience.fresh());
    }

    @Override
    public int most() {
        return MOST;
    }

    @Override
    public Choice choose(Round round) {
        if (round.most() == 0) {
            return Choice.NONE;
        }
        Estimates now = new Estimates(round, experience.budget().steps());
        if (plainIsDue(round)) {
            return Choice.NONE;
        }
        Option lookup = now.byLookup(now.byCertain(Option.NONE));
        Option model = now.byModel(lookup, acceptance.ofModel());
        Option best = now.repaysCatchingUp(model) ? model : lookup;
        if (best.speedUp() >= LEAST_SPEED_UP) {
            return best.choice();
        }
        return now.worthTrying() ? new Choice(TokenSource.DRAFTER, now.fewest()) : Choice.NONE;
    }

    @Override
    public boolean drafts(Round round) {
        if (round.learnsThroughout()) {
            return true;
        }
        Estimates now = new Estimates(round, Double.POSITIVE_INFINITY);
        readsLate = now.byModel(Option.NONE, acceptance.ofModel()).speedUp() / now.unmeasured() < LEAST_SPEED_UP;
        return !readsLate;
    }

    private boolean plainIsDue(Round round) {
        // of several tokens, where some needed no pass of their own, it would not be one
        return learning
                && round.company() == 1
                && round.target().pending() == 1
                && (roundsWithDrafts >= ROUNDS_WITH_DRAFTS
                        || !experience.target().knowsSingleTokens());
    }

    /** @param speedUp tokens a second, as a multiple of those without a draft */
    private record Option(Choice choice, double speedUp) {

        static final Option NONE = new Option(Choice.NONE, 1);
    }

    /** What the choices of a round are likely to take and to bring. */
    private final class Estimates {

        private final Round round;
        private final PassTimes target;
        private final PassTimes drafter;
        private final double plain;
        private final double budget;

        Estimates(Round round, double budget) {
            int company = learning ? round.company() : 1;
            this.round = round;
            this.target = experience.target().times().shared(company);
            this.drafter = experience.drafter().times().shared(company);
            this.plain = seconds(List.of());
            this.budget = budget;
        }

        private double seconds(List<TokenSource> draft) {
            return drafter.seconds(round.draftingKeptUp(draft))
                    + target.seconds(round.target().verifying(draft.size()));
        }

        /** @param draft who proposes each token */
        double steps(List<TokenSource> draft) {
            return seconds(draft) / plain;
        }

        /** What the drafter takes, before it drafts, for all it has not read. */
        double catchingUpSteps() {
            if (round.learnsThroughout()) {
                return 0;
            }
            Reader reader = reader();
            // how much of its prompt is in a cache depends on what was answered before
            Reader now = learning || !readsLate ? reader : new Reader(reader.pending() + reader.cached(), 0);
            double first = drafter.seconds(now.verifying(0));
            return (first - drafter.seconds(reader().keptUp().verifying(0))) / plain;
        }

        private Reader reader() {
            return round.drafter().orElseThrow();
        }

        Option byCertain(Option other) {
            double chance = acceptance.ofCertain();
            int most = Math.min(round.certain(), round.most());
            return best(other, TokenSource.GRAMMAR, Collections.nCopies(most, TokenSource.GRAMMAR), i -> chance);
        }

        Option byLookup(Option other) {
            return round.lookup()
                    .map(found -> best(
                            other,
                            TokenSource.LOOKUP,
                            Collections.nCopies(Math.min(found.tokens(), round.most()), TokenSource.LOOKUP),
                            i -> acceptance.ofLookup(found.match() + i)))
                    .orElse(other);
        }

        Option byModel(Option other, double chance) {
            if (round.drafter().isEmpty()) {
                return other;
            }
            List<TokenSource> draft = modelDraft(round.most());
            double ofCertain = acceptance.ofCertain();
            return best(
                    other, TokenSource.DRAFTER, draft, i -> draft.get(i) == TokenSource.DRAFTER ? chance : ofCertain);
        }

        private List<TokenSource> modelDraft(int tokens) {
            return stretches.likely(Math.min(round.certain(), tokens), tokens);
        }

        /** Tokens of a draft of which one is the model's. */
        int fewest() {
            return Math.min(round.certain() + 1, round.most());
        }

        /**
         * @param draft who proposes each token, or those that the choice is of
         * @param chances of each drafted token, if those before it stand
         */
        private Option best(Option other, TokenSource source, List<TokenSource> draft, IntToDoubleFunction chances) {
            Option best = other;
            // chances that the tokens so far stand, and what is expected if the rest does not
            double stands = 1;
            double expected = 1;
            double[] exactly = new double[MOST + 1];
            for (int i = 0; i < Math.min(draft.size(), MOST); i++) {
                double chance = chances.applyAsDouble(i);
                exactly[i] = stands * (1 - chance);
                stands *= chance;
                expected += stands;
                double steps = steps(draft.subList(0, i + 1));
                if (expectedLoss(exactly, i, steps) > budget) {
                    break;
                }
                if (expected / steps > best.speedUp()) {
                    best = new Option(new Choice(source, i + 1), expected / steps);
                }
            }
            return best;
        }

        /** @param exactly chances that so many tokens stand and no more, up to {@code most} */
        private static double expectedLoss(double[] exactly, int most, double steps) {
            double loss = 0;
            for (int i = 0; i <= most && i + 1 < steps; i++) {
                loss += exactly[i] * (steps - i - 1);
            }
            return loss;
        }

        boolean repaysCatchingUp(Option model) {
            return model.choice().source() == TokenSource.DRAFTER
                    && catchingUpSteps() <= (1 - 1 / model.speedUp()) * Math.max(LIKELY_TOKENS, round.answered());
        }

        boolean worthTrying() {
            if (round.drafter().isEmpty() || steps(modelDraft(fewest())) + catchingUpSteps() - 1 > budget) {
                return false;
            }
            double hope = byModel(Option.NONE, BEST_CHANCE).speedUp();
            return hope / unmeasured() >= LEAST_SPEED_UP;
        }

        /** How much faster than expected passes may be, as far as they were not measured. */
        double unmeasured() {
            return learning && !experience.target().knowsFurtherTokens() ? BEST_TIME : 1;
        }
    }

    @Override
    public void ended(Round round, Outcome outcome) {
        acceptance.observed(round, outcome);
        stretches.observed(round.certain(), round.most(), outcome.draft());
        if (outcome.drafted() == 0) {
            roundsWithDrafts = 0;
            experience.budget().ended(1, 0);
            return;
        }
        roundsWithDrafts++;
        readsLate &= !outcome.draft().contains(TokenSource.DRAFTER);
        // not this round's time: what disturbs the machine for a while would count against drafts alone
        double taken = new Estimates(round, Double.POSITIVE_INFINITY).steps(outcome.draft());
        experience.budget().ended(taken, outcome.accepted() + 1 - taken);
    }
}
