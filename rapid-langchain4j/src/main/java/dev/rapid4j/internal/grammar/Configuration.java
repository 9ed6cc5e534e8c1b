package dev.rapid4j.internal.grammar;

import dev.rapid4j.internal.grammar.Step.Call;
import dev.rapid4j.internal.grammar.Step.Fork;
import dev.rapid4j.internal.grammar.Step.Loop;
import dev.rapid4j.internal.grammar.Step.Production;
import dev.rapid4j.internal.grammar.Step.Terminal;
import dev.rapid4j.internal.grammar.Step.Token;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All places in a grammar where a text may be, each with a stack of what comes behind. The stacks share their frames,
 * as a graph: ways that called the same production at the same place of the text go through it as one, so that an
 * ambiguous grammar has no more of them the longer the text gets. Immutable.
 *
 * @param tops places that read on: at a {@link Terminal} or a {@link Token}
 * @param ended whether the text may be whole
 */
record Configuration(List<Top> tops, boolean ended) {

    /**
     * @param state of the terminal's automaton
     * @param frame the stack; {@code null} at its bottom
     */
    record Top(Step step, int state, Frame frame) {

        boolean sameAs(Top other) {
            return step == other.step && state == other.state && frame == other.frame;
        }
    }

    /** Where to go on behind a production, or a round of a loop. Complete before the next byte is read. */
    static final class Frame {

        private final List<Edge> edges = new ArrayList<>(1);
    }

    /** @param rounds of the loop, if {@code next} is one */
    private record Edge(Step next, int rounds, Frame below) {}

    static Configuration at(Step start) {
        Closure closure = new Closure();
        closure.add(start, null);
        return closure.configuration();
    }

    boolean isDead() {
        return tops.isEmpty() && !ended;
    }

    /** Behind one more byte, 0 to 255; dead if it cannot follow, and this if nothing changes. */
    Configuration step(int next) {
        if (tops.size() == 1) {
            return stepOne(tops.get(0), next);
        }
        Closure closure = new Closure();
        for (Top top : tops) {
            step(top, next, closure);
        }
        Configuration behind = closure.configuration();
        return sameAs(behind) ? this : behind;
    }

    private boolean sameAs(Configuration other) {
        if (ended != other.ended || tops.size() != other.tops.size()) {
            return false;
        }
        for (int i = 0; i < tops.size(); i++) {
            if (!tops.get(i).sameAs(other.tops.get(i))) {
                return false;
            }
        }
        return true;
    }

    private Configuration stepOne(Top top, int next) {
        if (top.step instanceof Terminal terminal) {
            int state = terminal.automaton().step(top.state, next);
            if (state != Automaton.DEAD && terminal.automaton().exit(state) < 0) {
                return state == top.state && !ended
                        ? this
                        : new Configuration(List.of(new Top(terminal, state, top.frame)), false);
            }
        }
        Closure closure = new Closure();
        step(top, next, closure);
        return closure.configuration();
    }

    private static void step(Top top, int next, Closure closure) {
        if (top.step instanceof Terminal terminal) {
            int state = terminal.automaton().step(top.state, next);
            if (state != Automaton.DEAD) {
                closure.at(terminal, state, top.frame);
            }
        }
    }

    /** Behind a token that stands for itself; dead if it cannot follow. */
    Configuration token(int id) {
        Closure closure = new Closure();
        for (Top top : tops) {
            if (top.step instanceof Token token && token.id() == id) {
                closure.add(token.next(), top.frame);
            }
        }
        return closure.configuration();
    }

    /** The same, and the other one. */
    Configuration or(Configuration other) {
        if (isDead() || other.isDead()) {
            return isDead() ? other : this;
        }
        List<Top> both = new ArrayList<>(tops);
        both.addAll(other.tops);
        return new Configuration(List.copyOf(both), ended || other.ended);
    }

    /** Behind the end of the terminals of some places, by one of its exits. */
    static Configuration behind(List<Top> places, int exit) {
        Closure closure = new Closure();
        places.forEach(top -> closure.add(((Terminal) top.step).next(exit), top.frame));
        return closure.configuration();
    }

    /** Follows the steps that read nothing. */
    private static final class Closure {

        private record Place(Step step, Frame frame) {

            @Override
            public boolean equals(Object other) {
                return other instanceof Place place && step == place.step && frame == place.frame;
            }

            @Override
            public int hashCode() {
                return 31 * System.identityHashCode(step) + System.identityHashCode(frame);
            }
        }

        private record Round(Place loop, int rounds) {}

        private final List<Top> tops = new ArrayList<>(4);
        private boolean ended;
        private Set<Place> seen;
        private ArrayDeque<Place> waiting;
        private Map<Production, Frame> called;
        private Map<Round, Frame> rounds;

        void add(Step step, Frame frame) {
            if (seen == null) {
                seen = new HashSet<>();
                waiting = new ArrayDeque<>();
            }
            Place place = new Place(step, frame);
            if (seen.add(place)) {
                waiting.add(place);
            }
        }

        void at(Terminal terminal, int state, Frame frame) {
            int exit = terminal.automaton().exit(state);
            if (terminal.automaton().goesOn(state)) {
                Top top = new Top(terminal, state, frame);
                if (tops.stream().noneMatch(top::sameAs)) {
                    tops.add(top);
                }
            }
            if (exit >= 0) {
                add(terminal.next(exit), frame);
            }
        }

        Configuration configuration() {
            while (waiting != null && !waiting.isEmpty()) {
                Place place = waiting.poll();
                follow(place.step, place.frame);
            }
            return new Configuration(tops, ended);
        }

        private void follow(Step step, Frame frame) {
            if (step instanceof Terminal terminal) {
                at(terminal, 0, frame);
            } else if (step instanceof Token) {
                tops.add(new Top(step, 0, frame));
            } else if (step instanceof Fork fork) {
                fork.ways().forEach(way -> add(way, frame));
            } else if (step instanceof Call call) {
                called = called == null ? new IdentityHashMap<>() : called;
                Frame above = called.get(call.production());
                if (above == null) {
                    above = new Frame();
                    called.put(call.production(), above);
                    add(call.production().start(), above);
                }
                above.edges.add(new Edge(call.next(), 0, frame));
            } else if (step instanceof Loop loop) {
                round(loop, 0, frame);
            } else if (step == Step.END) {
                ended = true;
            } else {
                for (Edge edge : frame.edges) {
                    if (edge.next instanceof Loop loop) {
                        round(loop, edge.rounds, edge.below);
                    } else {
                        add(edge.next, edge.below);
                    }
                }
            }
        }

        /** @param done rounds of the loop */
        private void round(Loop loop, int done, Frame frame) {
            if (done >= loop.least()) {
                add(loop.next(), frame);
            }
            if (done == loop.most()) {
                return;
            }
            // how many there are does not matter where there is no upper bound
            int round = loop.most() == Rule.Repetition.UNBOUNDED ? Math.min(done + 1, loop.least()) : done + 1;
            rounds = rounds == null ? new HashMap<>() : rounds;
            Frame above = rounds.get(new Round(new Place(loop, null), round));
            if (above == null) {
                above = new Frame();
                rounds.put(new Round(new Place(loop, null), round), above);
                add(loop.body(), above);
            }
            Edge edge = new Edge(loop, round, frame);
            if (above.edges.stream().noneMatch(other -> other.below == frame)) {
                above.edges.add(edge);
            }
        }
    }
}
