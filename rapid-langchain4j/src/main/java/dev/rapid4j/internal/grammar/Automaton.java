package dev.rapid4j.internal.grammar;

/**
 * A deterministic automaton over the bytes of a text. From each state there is a way to a state in which the text may
 * be over. The first is state 0.
 */
interface Automaton {

    int DEAD = -1;

    /** The state behind one more byte (0 to 255), or {@link #DEAD}. */
    int step(int state, int next);

    /** Which of the ways out of the automaton is open in a state; negative if none is: the text is not over. */
    int exit(int state);

    /** Whether any byte may follow. */
    boolean goesOn(int state);

    /** Equal for states behind which the same tokens may follow. */
    default int alike(int state) {
        return state;
    }

    /** Whether there is no text at all. */
    boolean isEmpty();

    /** Equal for bytes that lead from each state to the same, from 0. */
    int classOf(int next);

    default boolean accepts(byte[] text) {
        int state = isEmpty() ? DEAD : 0;
        for (int i = 0; i < text.length && state != DEAD; i++) {
            state = step(state, text[i] & 0xFF);
        }
        return state != DEAD && exit(state) >= 0;
    }
}
