package dev.rapid4j.internal.grammar;

import java.util.List;

/**
 * A place in a grammar, as an instruction of a pushdown machine. Compared by identity alone: a grammar may lead back to
 * itself.
 */
sealed interface Step {

    /**
     * Bytes that an automaton reads.
     *
     * @param next by exit of the automaton, or one for all
     * @param blank whether they are white space that may be missing
     */
    record Terminal(Automaton automaton, Step[] next, boolean blank) implements Step {

        Terminal(Automaton automaton, Step next) {
            this(automaton, new Step[] {next}, false);
        }

        Step next(int exit) {
            return next.length == 1 ? next[0] : next[exit];
        }
    }

    /** A token that stands for itself. */
    record Token(int id, Step next) implements Step {}

    /** One of several ways. */
    record Fork(List<Step> ways) implements Step {}

    /** A production, and what comes behind it. No production is empty. */
    record Call(Production production, Step next) implements Step {}

    /** The body, which ends with {@link #RETURN} and is not empty, so many times. */
    record Loop(Step body, int least, int most, Step next) implements Step {}

    /** Back to where the production was called, or the loop. */
    record Return() implements Step {}

    /** The text is whole. */
    record End() implements Step {}

    Step RETURN = new Return();
    Step END = new End();

    static Step fork(List<Step> ways) {
        return ways.size() == 1 ? ways.get(0) : new Fork(ways);
    }

    /** What can be called from several places, itself included. */
    final class Production {

        private Step start;

        Step start() {
            return start;
        }

        void startsWith(Step start) {
            this.start = start;
        }
    }
}
