package dev.rapid4j.internal.decoding;

import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.decoding.Round.Choice;
import dev.rapid4j.internal.decoding.Round.Lookup;
import dev.rapid4j.internal.decoding.Round.Outcome;

/** Chooses for each round of an answer who drafts, and how many tokens. */
interface DraftLengths {

    /** Most tokens that are ever drafted in a round. */
    int most();

    Choice choose(Round round);

    /**
     * Whether a model will draft, as far as can be said before it has read its prompt.
     *
     * @param round the first, with a drafter that has read its prompt
     */
    boolean drafts(Round round);

    /** Told of each round that was chosen for. */
    void ended(Round round, Outcome outcome);

    /** Always the same; what has to come goes first, with a model's draft behind it, then what was looked up. */
    static DraftLengths fixed(int tokens) {
        return new DraftLengths() {
            @Override
            public int most() {
                return tokens;
            }

            @Override
            public Choice choose(Round round) {
                int most = Math.min(tokens, round.most());
                int certain = Math.min(most, round.certain());
                boolean modelDrafts = round.drafter().isPresent() && most > certain;
                if (certain > 0) {
                    return modelDrafts
                            ? new Choice(TokenSource.DRAFTER, most)
                            : new Choice(TokenSource.GRAMMAR, certain);
                }
                int found = Math.min(most, round.lookup().map(Lookup::tokens).orElse(0));
                if (found > 0) {
                    return new Choice(TokenSource.LOOKUP, found);
                }
                return modelDrafts ? new Choice(TokenSource.DRAFTER, most) : Choice.NONE;
            }

            @Override
            public boolean drafts(Round round) {
                return true;
            }

            @Override
            public void ended(Round round, Outcome outcome) {}
        };
    }
}
