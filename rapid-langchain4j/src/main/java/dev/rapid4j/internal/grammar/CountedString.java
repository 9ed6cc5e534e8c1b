package dev.rapid4j.internal.grammar;

/**
 * A string of JSON with a bounded number of characters. The states are not written down, as there may be millions: each
 * is a number of characters and a state inside a character.
 *
 * @param character the automaton of one character, in JSON's writing; its states are at most {@link #INSIDE}
 */
record CountedString(Table character, int least, int most) implements Automaton {

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

    /** Without bounds, and yet each state has the number of characters before it. */
    static CountedString counting(Table character) {
        return new CountedString(character, 0, MOST - 1);
    }

    static int at(int count, int inside) {
        return FIRST + count * INSIDE + inside;
    }

    /** Characters before a state, with the one that it is inside of. */
    static int begun(int state) {
        return state / INSIDE - 1 + (state % INSIDE > 0 ? 1 : 0);
    }

    /** Whether the quote is open. */
    boolean isInside(int state) {
        return state >= FIRST;
    }

    /** Of a state, that of {@link #character}. */
    int inside(int state) {
        return state % INSIDE;
    }

    /** Characters without which the string cannot end, that one included of which the beginning is there. */
    int missing(int state) {
        return Math.max(0, least - (state / INSIDE - 1));
    }

    /** Characters that there may be, that one included of which the beginning is there. */
    int room(int state) {
        return most - (state / INSIDE - 1);
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

    @Override
    public boolean isEmpty() {
        return least > most;
    }

    @Override
    public int classOf(int next) {
        return next == '"' ? 255 : character.classOf(next);
    }
}
