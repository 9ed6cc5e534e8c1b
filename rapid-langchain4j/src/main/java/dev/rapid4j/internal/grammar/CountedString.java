package dev.rapid4j.internal.grammar;

/**
 * A string of JSON with a bounded number of characters. The states are not written down, as there may be millions: each
 * is a number of characters and a state inside a character.
 *
 * @param character the automaton of one character, in JSON's writing; its states are at most {@link #INSIDE}
 * @param near tokens have fewer characters
 */
record CountedString(Table character, int least, int most, int near) implements Automaton {

    private static final int INSIDE = 64;

    /** Characters that can be counted. */
    static final int MOST = Integer.MAX_VALUE / INSIDE - 1;

    private static final int BEGINNING = 0;
    private static final int END = 1;

    /** Of the state behind the opening quote. */
    private static final int FIRST = INSIDE;

    CountedString {
        if (character.states() > INSIDE) {
            throw new IllegalArgumentException("a character has %d states".formatted(character.states()));
        }
    }

    @Override
    public int step(int state, int next) {
        if (state == BEGINNING) {
            return next == '"' ? FIRST : DEAD;
        }
        if (state == END) {
            return DEAD;
        }
        int count = state / INSIDE - 1;
        int inside = state % INSIDE;
        if (inside == 0 && next == '"') {
            return count >= least ? END : DEAD;
        }
        int target = count < most ? character.step(inside, next) : DEAD;
        if (target == DEAD) {
            return DEAD;
        }
        if (character.exit(target) < 0) {
            return state - inside + target;
        }
        // without an upper bound it does not matter how many there are behind the lower one
        return most == MOST && count >= least ? state - inside : state - inside + INSIDE;
    }

    @Override
    public int exit(int state) {
        return state == END ? 0 : -1;
    }

    @Override
    public boolean goesOn(int state) {
        return state != END;
    }

    /** Far from both bounds it does not matter how many characters there are. */
    @Override
    public int alike(int state) {
        int count = state / INSIDE - 1;
        if (count < 0) {
            return state;
        }
        if (count >= least && count + near < most) {
            return state % INSIDE + (least + 1) * INSIDE;
        }
        return count + near < least ? state % INSIDE + INSIDE : state;
    }

    @Override
    public boolean isEmpty() {
        return least > most;
    }

    @Override
    public int classOf(int next) {
        return next == '"' ? 255 : character.classOf(next);
    }
}
