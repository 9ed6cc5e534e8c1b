package dev.rapid4j.internal.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** An automaton that is written down. Immutable. */
final class Table implements Automaton {

    private static final int MAX_STATES = 20_000;

    private final byte[] classes;
    private final int count;

    /** By state and class. */
    private final int[] next;

    private final int[] exits;
    private final BitSet goesOn = new BitSet();

    private Table(byte[] classes, int count, int[] next, int[] exits) {
        this.classes = classes;
        this.count = count;
        this.next = next;
        this.exits = exits;
        for (int i = 0; i < next.length; i++) {
            if (next[i] != DEAD) {
                goesOn.set(i / count);
            }
        }
    }

    /**
     * Without the ways that lead nowhere.
     *
     * @param classes of the bytes
     * @param count how many classes there are
     * @param next by state and class, changed by this
     */
    static Table trimmed(byte[] classes, int count, int[] next, int[] exits) {
        int states = exits.length;
        int[] degree = new int[states + 1];
        for (int target : next) {
            if (target != DEAD) {
                degree[target + 1]++;
            }
        }
        for (int i = 0; i < states; i++) {
            degree[i + 1] += degree[i];
        }
        int[] sources = new int[degree[states]];
        int[] place = degree.clone();
        for (int i = 0; i < next.length; i++) {
            if (next[i] != DEAD) {
                sources[place[next[i]]++] = i / count;
            }
        }
        BitSet alive = new BitSet(states);
        int[] queue = new int[states];
        int size = 0;
        for (int i = 0; i < states; i++) {
            if (exits[i] >= 0) {
                alive.set(i);
                queue[size++] = i;
            }
        }
        for (int i = 0; i < size; i++) {
            for (int s = degree[queue[i]]; s < degree[queue[i] + 1]; s++) {
                if (!alive.get(sources[s])) {
                    alive.set(sources[s]);
                    queue[size++] = sources[s];
                }
            }
        }
        for (int i = 0; i < next.length; i++) {
            if (next[i] != DEAD && !alive.get(next[i])) {
                next[i] = DEAD;
            }
        }
        return new Table(classes, count, next, exits);
    }

    /** The texts of both, with the exits of the first. */
    static Table intersection(Automaton first, Automaton second) {
        return product(first, second, true);
    }

    /** The texts of the first that are none of the second. */
    static Table difference(Automaton first, Automaton second) {
        return product(first, second, false);
    }

    private record Pair(int first, int second) {}

    private static Table product(Automaton first, Automaton second, boolean both) {
        if (first.isEmpty() || both && second.isEmpty()) {
            return trimmed(new byte[256], 1, new int[] {DEAD}, new int[] {-1});
        }
        Map<Pair, Integer> classNumbers = new HashMap<>();
        byte[] classes = new byte[256];
        int[] example = new int[256];
        for (int b = 0; b < 256; b++) {
            int number = classNumbers.computeIfAbsent(
                    new Pair(first.classOf(b), second.classOf(b)), pair -> classNumbers.size());
            classes[b] = (byte) number;
            example[number] = b;
        }
        int count = classNumbers.size();
        Map<Pair, Integer> numbers = new HashMap<>();
        List<Pair> pairs = new ArrayList<>();
        Pair start = new Pair(0, second.isEmpty() ? DEAD : 0);
        numbers.put(start, 0);
        pairs.add(start);
        int[] next = new int[16 * count];
        for (int i = 0; i < pairs.size(); i++) {
            Pair pair = pairs.get(i);
            next = (i + 1) * count > next.length ? Arrays.copyOf(next, 2 * next.length) : next;
            for (int c = 0; c < count; c++) {
                int left = first.step(pair.first, example[c]);
                int right = pair.second == DEAD ? DEAD : second.step(pair.second, example[c]);
                next[i * count + c] = left == DEAD || both && right == DEAD
                        ? DEAD
                        : numbers.computeIfAbsent(new Pair(left, right), fresh -> {
                            pairs.add(fresh);
                            return pairs.size() - 1;
                        });
            }
            if (pairs.size() > MAX_STATES) {
                throw new TooLargeException(
                        "together they need an automaton of more than %,d states".formatted(MAX_STATES));
            }
        }
        int[] exits = pairs.stream()
                .mapToInt(pair ->
                        (pair.second != DEAD && second.exit(pair.second) >= 0) == both ? first.exit(pair.first) : -1)
                .toArray();
        return trimmed(classes, count, Arrays.copyOf(next, pairs.size() * count), exits);
    }

    /** Without the texts that have one of some bytes. */
    Table without(BitSet bytes) {
        if (bytes.isEmpty()) {
            return this;
        }
        byte[] finer = new byte[256];
        int[] next = new int[exits.length * (count + 1)];
        for (int b = 0; b < 256; b++) {
            finer[b] = bytes.get(b) ? (byte) count : classes[b];
        }
        for (int state = 0; state < exits.length; state++) {
            System.arraycopy(this.next, state * count, next, state * (count + 1), count);
            next[state * (count + 1) + count] = DEAD;
        }
        return trimmed(finer, count + 1, next, exits);
    }

    /** The same between two quotes, which none of its texts goes on with where it may be over. */
    Table quoted() {
        int states = exits.length;
        byte[] finer = classes.clone();
        finer['"'] = (byte) count;
        int width = count + 1;
        int[] next = new int[(states + 2) * width];
        int[] ends = new int[states + 2];
        Arrays.fill(next, DEAD);
        Arrays.fill(ends, -1);
        // the opening quote is state 0, the closing one the last
        next[count] = isEmpty() ? DEAD : 1;
        for (int state = 0; state < states; state++) {
            int row = (state + 1) * width;
            for (int c = 0; c < count; c++) {
                int target = this.next[state * count + c];
                next[row + c] = target == DEAD ? DEAD : target + 1;
            }
            int target = this.next[state * count + (classes['"'] & 0xFF)];
            next[row + count] = exits[state] >= 0 ? states + 1 : target == DEAD ? DEAD : target + 1;
        }
        ends[states + 1] = 0;
        return trimmed(finer, width, next, ends);
    }

    int states() {
        return exits.length;
    }

    @Override
    public int step(int state, int next) {
        return this.next[state * count + (classes[next] & 0xFF)];
    }

    @Override
    public int exit(int state) {
        return exits[state];
    }

    @Override
    public boolean goesOn(int state) {
        return goesOn.get(state);
    }

    @Override
    public boolean isEmpty() {
        return exits[0] < 0 && !goesOn(0);
    }

    @Override
    public int classOf(int next) {
        return classes[next] & 0xFF;
    }
}
