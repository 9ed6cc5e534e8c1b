package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.decoding.Round.Outcome;

/**
 * What the rounds of an engine's answers have taught: what passes of its models take, and how often drafted tokens
 * stand. Safe to use from several threads.
 *
 * @param drafter the target's with self-speculation
 */
record Experience(PassCosts target, PassCosts drafter, Acceptance acceptance, DraftBudget budget) {

    /** Of an engine that has not answered yet. */
    static Experience of(PassCosts target, PassCosts drafter) {
        return new Experience(target, drafter, Acceptance.ofEngine(), new DraftBudget());
    }

    /** The same of an engine that has not answered yet. */
    Experience fresh() {
        PassCosts costs = target.fresh();
        return of(costs, drafter == target ? costs : drafter.fresh());
    }

    void ended(Round round, Outcome outcome) {
        PassWork drafting = round.drafting(outcome.draft());
        if (drafting.passes() > 0) {
            drafter.measured(drafting, outcome.draftSeconds());
        }
        target.measured(round.target().verifying(outcome.drafted()), outcome.verifySeconds());
        acceptance.observed(round, outcome);
    }
}
