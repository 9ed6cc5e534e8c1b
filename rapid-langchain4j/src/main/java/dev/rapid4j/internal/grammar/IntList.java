package dev.rapid4j.internal.grammar;

import java.util.Arrays;

/** Numbers in the order in which they were added. */
final class IntList {

    private int[] values = new int[8];
    private int size;

    void add(int value) {
        values = size == values.length ? Arrays.copyOf(values, 2 * size) : values;
        values[size++] = value;
    }

    void addAll(IntList other) {
        addAll(other.values, 0, other.size);
    }

    /** Those at places of an array, from one to before another. */
    void addAll(int[] array, int from, int to) {
        int more = to - from;
        if (size + more > values.length) {
            values = Arrays.copyOf(values, Math.max(2 * values.length, size + more));
        }
        System.arraycopy(array, from, values, size, more);
        size += more;
    }

    int size() {
        return size;
    }

    int get(int place) {
        return values[place];
    }

    int[] toArray() {
        return Arrays.copyOf(values, size);
    }
}
