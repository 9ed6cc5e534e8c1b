package dev.rapid4j.internal.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A nondeterministic automaton over bytes, which grows from the end to the beginning: what is added leads to a state
 * that is there already. State 0 is the end.
 */
final class Nfa {

    static final int END = 0;

    private static final int MAX_STATES = 200_000;

    /** Of an automaton that is made deterministic. */
    private static final int MAX_TABLE_STATES = 20_000;

    /** Steps from a state to another while it is made deterministic: about a second. */
    private static final long MAX_WORK = 20_000_000;

    /** When a step that reads nothing may be taken. */
    enum Gate {
        ALWAYS,
        AT_BEGINNING,
        AT_END
    }

    private record Edge(int first, int last, int target) {}

    private record Jump(Gate gate, int target) {}

    private final List<List<Edge>> edges = new ArrayList<>();
    private final List<List<Jump>> jumps = new ArrayList<>();

    Nfa() {
        state();
    }

    int state() {
        if (edges.size() >= MAX_STATES) {
            throw new TooLargeException("it has more than %,d states".formatted(MAX_STATES));
        }
        edges.add(new ArrayList<>(1));
        jumps.add(new ArrayList<>(1));
        return edges.size() - 1;
    }

    /** A new state from which one of some bytes leads to another. */
    int read(int first, int last, int target) {
        int state = state();
        read(state, first, last, target);
        return state;
    }

    void read(int state, int first, int last, int target) {
        edges.get(state).add(new Edge(first, last, target));
    }

    void jump(int state, int target) {
        jump(state, Gate.ALWAYS, target);
    }

    void jump(int state, Gate gate, int target) {
        jumps.get(state).add(new Jump(gate, target));
    }

    /** A state from which all of the bytes, one after the other, lead to another. */
    int text(byte[] bytes, int target) {
        int state = target;
        for (int i = bytes.length - 1; i >= 0; i--) {
            state = read(bytes[i] & 0xFF, bytes[i] & 0xFF, state);
        }
        return state;
    }

    /** The texts that lead from a state to the end. */
    Table table(int start) {
        return new Subsets(start).table();
    }

    /** The construction of sets of states. */
    private final class Subsets {

        private final byte[] classes = new byte[256];
        private final int[] firstOfClass = new int[256];
        private final int count;
        private final Map<Subset, Integer> known = new HashMap<>();
        private final List<int[]> sets = new ArrayList<>();
        private final List<int[]> next = new ArrayList<>();
        private final int[] seen = new int[edges.size()];
        private int mark;
        private long work;

        Subsets(int start) {
            boolean[] borders = new boolean[257];
            edges.forEach(list -> list.forEach(edge -> {
                borders[edge.first] = true;
                borders[edge.last + 1] = true;
            }));
            int number = 0;
            for (int b = 0; b < 256; b++) {
                if (b > 0 && borders[b]) {
                    firstOfClass[++number] = b;
                }
                classes[b] = (byte) number;
            }
            count = number + 1;
            // the first set is one of its own: only it is at the beginning
            sets.add(closure(new int[] {start}, true, false));
        }

        Table table() {
            List<Integer> exits = new ArrayList<>();
            for (int i = 0; i < sets.size(); i++) {
                int[] set = sets.get(i);
                exits.add(contains(closure(set, i == 0, true), END) ? 0 : -1);
                next.add(successors(set));
            }
            int[] table = new int[sets.size() * count];
            for (int i = 0; i < sets.size(); i++) {
                System.arraycopy(next.get(i), 0, table, i * count, count);
            }
            return Table.trimmed(
                    classes,
                    count,
                    table,
                    exits.stream().mapToInt(Integer::intValue).toArray());
        }

        private int[] successors(int[] set) {
            int[][] targets = new int[count][];
            int[] sizes = new int[count];
            for (int state : set) {
                for (Edge edge : edges.get(state)) {
                    for (int c = classes[edge.first] & 0xFF; c < count && firstOfClass[c] <= edge.last; c++) {
                        int[] list = targets[c] == null ? new int[4] : targets[c];
                        targets[c] = sizes[c] < list.length ? list : Arrays.copyOf(list, 2 * list.length);
                        targets[c][sizes[c]++] = edge.target;
                        work++;
                    }
                }
            }
            int[] row = new int[count];
            for (int c = 0; c < count; c++) {
                row[c] = sizes[c] == 0 ? Automaton.DEAD : number(Arrays.copyOf(targets[c], sizes[c]));
            }
            return row;
        }

        private int number(int[] targets) {
            int[] set = closure(targets, false, false);
            return known.computeIfAbsent(new Subset(set), key -> {
                sets.add(set);
                if (sets.size() > MAX_TABLE_STATES) {
                    throw new TooLargeException(
                            "it needs an automaton of more than %,d states".formatted(MAX_TABLE_STATES));
                }
                return sets.size() - 1;
            });
        }

        private int[] closure(int[] states, boolean beginning, boolean end) {
            mark++;
            int[] found = new int[Math.max(8, states.length)];
            int size = 0;
            for (int state : states) {
                if (seen[state] != mark) {
                    seen[state] = mark;
                    found = size == found.length ? Arrays.copyOf(found, 2 * size) : found;
                    found[size++] = state;
                }
            }
            for (int i = 0; i < size; i++) {
                for (Jump jump : jumps.get(found[i])) {
                    boolean open = jump.gate == Gate.ALWAYS
                            || jump.gate == Gate.AT_BEGINNING && beginning
                            || jump.gate == Gate.AT_END && end;
                    if (open && seen[jump.target] != mark) {
                        seen[jump.target] = mark;
                        found = size == found.length ? Arrays.copyOf(found, 2 * size) : found;
                        found[size++] = jump.target;
                    }
                }
            }
            work += size;
            if (work > MAX_WORK) {
                throw new TooLargeException("it takes too long to make an automaton of it");
            }
            int[] set = Arrays.copyOf(found, size);
            Arrays.sort(set);
            return set;
        }

        private static boolean contains(int[] set, int state) {
            return Arrays.binarySearch(set, state) >= 0;
        }
    }

    private record Subset(int[] states) {

        @Override
        public boolean equals(Object other) {
            return other instanceof Subset set && Arrays.equals(states, set.states);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(states);
        }
    }
}
