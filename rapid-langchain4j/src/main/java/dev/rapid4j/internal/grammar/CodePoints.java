package dev.rapid4j.internal.grammar;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * A set of Unicode's code points, halves of surrogate pairs never among them. Immutable.
 *
 * @param ranges in order, neither overlapping nor touching
 */
record CodePoints(List<Range> ranges) {

    /** @param last included */
    record Range(int first, int last) {}

    static final CodePoints NONE = new CodePoints(List.of());
    static final CodePoints ALL = NONE.complement();

    static CodePoints of(int first, int last) {
        return NONE.with(first, last);
    }

    static CodePoints of(int codePoint) {
        return of(codePoint, codePoint);
    }

    /** Those of some characters. */
    static CodePoints of(String characters) {
        return characters.codePoints().mapToObj(CodePoints::of).reduce(NONE, CodePoints::union);
    }

    static CodePoints where(IntPredicate members) {
        List<Range> ranges = new ArrayList<>();
        int first = -1;
        for (int c = 0; c <= Character.MAX_CODE_POINT + 1; c++) {
            boolean member = c <= Character.MAX_CODE_POINT && !isSurrogate(c) && members.test(c);
            if (member && first < 0) {
                first = c;
            } else if (!member && first >= 0) {
                ranges.add(new Range(first, c - 1));
                first = -1;
            }
        }
        return new CodePoints(List.copyOf(ranges));
    }

    private static boolean isSurrogate(int c) {
        return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
    }

    boolean isEmpty() {
        return ranges.isEmpty();
    }

    CodePoints with(int first, int last) {
        return union(new CodePoints(List.of(new Range(first, last))));
    }

    CodePoints union(CodePoints other) {
        return complement().intersection(other.complement()).complement();
    }

    CodePoints complement() {
        List<Range> gaps = new ArrayList<>();
        int next = 0;
        for (Range range : ranges) {
            addWithoutSurrogates(gaps, next, range.first - 1);
            next = range.last + 1;
        }
        addWithoutSurrogates(gaps, next, Character.MAX_CODE_POINT);
        return new CodePoints(List.copyOf(gaps));
    }

    private static void addWithoutSurrogates(List<Range> ranges, int first, int last) {
        add(ranges, first, Math.min(last, Character.MIN_SURROGATE - 1));
        add(ranges, Math.max(first, Character.MAX_SURROGATE + 1), last);
    }

    private static void add(List<Range> ranges, int first, int last) {
        if (first <= last) {
            ranges.add(new Range(first, last));
        }
    }

    CodePoints intersection(CodePoints other) {
        List<Range> both = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < ranges.size() && j < other.ranges.size()) {
            Range mine = ranges.get(i);
            Range others = other.ranges.get(j);
            add(both, Math.max(mine.first, others.first), Math.min(mine.last, others.last));
            if (mine.last < others.last) {
                i++;
            } else {
                j++;
            }
        }
        return new CodePoints(List.copyOf(both));
    }
}
