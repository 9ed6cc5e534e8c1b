package dev.rapid4j.internal.decoding;

import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.decoding.Round.Comparison;
import dev.rapid4j.internal.decoding.Round.Lookup;
import dev.rapid4j.internal.decoding.Round.Outcome;
import java.util.function.IntFunction;

/**
 * How likely drafted tokens stand: a model's, those that have to come but for how they are spelled, and those that were
 * looked up, which depends on how many tokens before them were found alike. Safe to use from several threads.
 */
final class Acceptance {

    /** Of an engine that has not answered yet: a drafter over good passages, and texts that repeat themselves. */
    private static final double MODEL = 0.7;

    /** Tokens spell what has to come in the way in which models were taught to. */
    private static final double CERTAIN = 0.95;

    private static final double[] LOOKUP = {0.35, 0.5, 0.65, 0.8};

    /** Least matches of the kinds of lookups, of which each has its own chance. */
    private static final int[] MATCHES = {0, 5, 8, 12};

    private final AcceptanceEstimate model;
    private final AcceptanceEstimate certain;
    private final AcceptanceEstimate[] lookup = new AcceptanceEstimate[MATCHES.length];

    private Acceptance(double model, double certain, double[] lookup, double tokens) {
        this.model = new AcceptanceEstimate(model, tokens);
        this.certain = new AcceptanceEstimate(certain, tokens);
        for (int i = 0; i < MATCHES.length; i++) {
            this.lookup[i] = new AcceptanceEstimate(lookup[i], tokens);
        }
    }

    /** Of an engine, whose answers have something in common. */
    static Acceptance ofEngine() {
        return new Acceptance(MODEL, CERTAIN, LOOKUP, 400);
    }

    /** Of one answer; it begins with what this has learnt. */
    synchronized Acceptance nextAnswer() {
        double[] chances = new double[lookup.length];
        for (int i = 0; i < chances.length; i++) {
            chances[i] = lookup[i].chance();
        }
        return new Acceptance(model.chance(), certain.chance(), chances, 40);
    }

    synchronized void observed(Round round, Outcome outcome) {
        for (int i = 0; i < Math.min(outcome.drafted(), outcome.accepted() + 1); i++) {
            boolean stands = i < outcome.accepted();
            if (outcome.draft().get(i) == TokenSource.DRAFTER) {
                model.observed(stands);
            } else if (outcome.draft().get(i) == TokenSource.GRAMMAR
                    && i >= outcome.certain().compared()) {
                certain.observed(stands);
            }
        }
        int match = round.lookup().map(Lookup::match).orElse(0);
        observed(outcome.lookup(), i -> lookup[kind(match + i)]);
        observed(outcome.certain(), i -> certain);
    }

    /** What follows the first token that is not alike tells nothing. */
    private static void observed(Comparison known, IntFunction<AcceptanceEstimate> estimates) {
        for (int i = 0; i < Math.min(known.compared(), known.alike() + 1); i++) {
            estimates.apply(i).observed(i < known.alike());
        }
    }

    synchronized double ofModel() {
        return model.chance();
    }

    synchronized double ofCertain() {
        return certain.chance();
    }

    /** @param match so many tokens before it were found alike */
    synchronized double ofLookup(int match) {
        return lookup[kind(match)].chance();
    }

    private static int kind(int match) {
        int kind = MATCHES.length - 1;
        while (match < MATCHES[kind]) {
            kind--;
        }
        return kind;
    }
}
