package dev.rapid4j.internal.decoding;

import dev.rapid4j.TokenSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * How tokens that have to come alternate in an answer with those that have a choice, from how they did in its rounds.
 * Not safe for use by several threads.
 */
final class CertainStretches {

    /** A name between quotes, with what stands around it. */
    private static final double USUAL_LENGTH = 4;

    /** So many tokens are remembered. */
    private static final double MEMORY = 40;

    /** That what has to come begins behind a token that had a choice; never in an answer that is free. */
    private final AcceptanceEstimate begins = new AcceptanceEstimate(0, MEMORY);

    /** That it goes on behind one of its own. */
    private final AcceptanceEstimate goesOn = new AcceptanceEstimate(1 - 1 / USUAL_LENGTH, MEMORY);

    /**
     * Of a round and what was drafted in it.
     *
     * @param certain tokens that were known to have to come
     * @param most that could be known
     * @param draft who has proposed each token
     */
    void observed(int certain, int most, List<TokenSource> draft) {
        if (most == 0) {
            return;
        }
        if (draft.contains(TokenSource.DRAFTER)) {
            boolean before = false;
            for (TokenSource source : draft) {
                before = observed(before, source == TokenSource.GRAMMAR);
            }
            return;
        }
        boolean before = false;
        for (int i = 0; i < certain; i++) {
            before = observed(before, true);
        }
        if (certain < most) {
            observed(before, false);
        }
    }

    private boolean observed(boolean before, boolean certain) {
        (before ? goesOn : begins).observed(certain);
        return certain;
    }

    /**
     * Who is likely to propose each token of a model's draft.
     *
     * @param certain tokens that are known to have to come
     */
    List<TokenSource> likely(int certain, int most) {
        int between = (int) Math.round(Math.min(most, 1 / begins.chance()));
        int length = (int) Math.round(Math.min(most, 1 / (1 - goesOn.chance())));
        List<TokenSource> draft = new ArrayList<>(Collections.nCopies(certain, TokenSource.GRAMMAR));
        while (draft.size() < most) {
            draft.addAll(Collections.nCopies(between, TokenSource.DRAFTER));
            draft.addAll(Collections.nCopies(length, TokenSource.GRAMMAR));
        }
        return draft.subList(0, most);
    }
}
