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

    /** @param alone whether no other request was on the way meanwhile, whose passes are in the times */
    void ended(Round round, Outcome outcome, boolean alone) {
        PassWork drafting = round.drafting(outcome.draft());
        if (alone && drafting.passes() > 0) {
            drafter.measured(drafting, outcome.draftSeconds());
        }
        if (alone) {
            target.measured(round.target().verifying(outcome.drafted()), outcome.verifySeconds());
        }
        acceptance.observed(round, outcome);
    }
}
