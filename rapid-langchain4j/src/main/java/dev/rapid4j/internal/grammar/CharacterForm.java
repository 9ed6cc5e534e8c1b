package dev.rapid4j.internal.grammar;

import dev.rapid4j.internal.grammar.CodePoints.Range;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** How a character of a text is written in bytes. */
enum CharacterForm {
    /** In UTF-8. */
    PLAIN {
        @Override
        int read(Nfa nfa, CodePoints set, int target) {
            int state = nfa.state();
            utf8(nfa, set, state, target);
            return state;
        }
    },

    /** In a string of JSON: in UTF-8, or by any of its escapes. */
    JSON {
        @Override
        int read(Nfa nfa, CodePoints set, int target) {
            return json(nfa, set, set, target);
        }
    },

    /**
     * In a string of JSON, without an escape that it does not need: that of a letter of any script has a fifth of the
     * states, and there may be many such letters in an expression.
     */
    SHORT_JSON {
        @Override
        int read(Nfa nfa, CodePoints set, int target) {
            return json(nfa, set, set.intersection(CONTROLS), target);
        }
    };

    private static final CodePoints CONTROLS = CodePoints.of(0, 0x1F);
    private static final CodePoints UNESCAPED =
            CodePoints.of("\"\\").union(CONTROLS).complement();
    private static final CodePoints BASIC_PLANE = CodePoints.ALL.intersection(CodePoints.of(0, 0xFFFF));
    private static final String ESCAPED = "\"\\/\b\f\n\r\t";
    private static final String ESCAPES = "\"\\/bfnrt";

    /** How many values a digit has, as a power of two, and which byte, or hexadecimal digit, the first of them is. */
    private record Place(int bits, int first, boolean hexadecimal) {}

    private static final Place FOUR_BITS = new Place(4, 0, true);
    private static final Place SIX_BITS = new Place(6, 0x80, false);

    /** For characters of one to four bytes. */
    private static final List<List<Place>> UTF_8 = List.of(
            List.of(new Place(7, 0, false)),
            List.of(new Place(5, 0xC0, false), SIX_BITS),
            List.of(new Place(4, 0xE0, false), SIX_BITS, SIX_BITS),
            List.of(new Place(3, 0xF0, false), SIX_BITS, SIX_BITS, SIX_BITS));

    private static final int[] LAST_OF_UTF_8 = {0x7F, 0x7FF, 0xFFFF, Character.MAX_CODE_POINT};

    private static final List<Place> HEXADECIMAL = List.of(FOUR_BITS, FOUR_BITS, FOUR_BITS, FOUR_BITS);

    /** Two halves of a surrogate pair, what stands between them included. */
    private static final List<Place> PAIR = List.of(
            new Place(0, 0xD, true),
            new Place(2, 0x8, true),
            FOUR_BITS,
            FOUR_BITS,
            new Place(0, '\\', false),
            new Place(0, 'u', false),
            new Place(0, 0xD, true),
            new Place(2, 0xC, true),
            FOUR_BITS,
            FOUR_BITS);

    /** A state from which one of some characters leads to another. */
    abstract int read(Nfa nfa, CodePoints set, int target);

    /** @param numbered those of the set that may be written by their number */
    private static int json(Nfa nfa, CodePoints set, CodePoints numbered, int target) {
        int state = nfa.state();
        utf8(nfa, set.intersection(UNESCAPED), state, target);
        int escape = nfa.state();
        nfa.read(state, '\\', '\\', escape);
        for (int i = 0; i < ESCAPED.length(); i++) {
            if (!set.intersection(CodePoints.of(ESCAPED.charAt(i))).isEmpty()) {
                nfa.read(escape, ESCAPES.charAt(i), ESCAPES.charAt(i), target);
            }
        }
        int digits = nfa.state();
        nfa.read(escape, 'u', 'u', digits);
        add(nfa, HEXADECIMAL, numbered.intersection(BASIC_PLANE).ranges(), digits, target);
        List<Range> pairs = numbered.intersection(BASIC_PLANE.complement()).ranges().stream()
                .map(range -> new Range(range.first() - 0x10000, range.last() - 0x10000))
                .toList();
        add(nfa, PAIR, pairs, digits, target);
        return state;
    }

    private static void utf8(Nfa nfa, CodePoints set, int state, int target) {
        int first = 0;
        for (int length = 0; length < UTF_8.size(); length++) {
            CodePoints group = CodePoints.of(first, LAST_OF_UTF_8[length]);
            add(nfa, UTF_8.get(length), set.intersection(group).ranges(), state, target);
            first = LAST_OF_UTF_8[length] + 1;
        }
    }

    private static void add(Nfa nfa, List<Place> places, List<Range> numbers, int state, int target) {
        if (!numbers.isEmpty()) {
            nfa.jump(state, new Digits(nfa, places, target, new HashMap<>()).read(0, numbers));
        }
    }

    /**
     * Numbers, digit by digit. What may follow some digits and what may follow others is one state if it is the same.
     */
    private record Digits(Nfa nfa, List<Place> places, int target, Map<Rest, Integer> known) {

        private record Rest(int place, List<Range> numbers) {}

        int read(int place, List<Range> numbers) {
            if (place == places.size()) {
                return target;
            }
            Rest rest = new Rest(place, numbers);
            Integer there = known.get(rest);
            if (there != null) {
                return there;
            }
            int state = nfa.state();
            known.put(rest, state);
            int bits = places.subList(place + 1, places.size()).stream()
                    .mapToInt(Place::bits)
                    .sum();
            List<List<Range>> behind = behind(numbers, 1 << places.get(place).bits, bits);
            for (int low = 0, high; low < behind.size(); low = high) {
                high = low + 1;
                while (high < behind.size() && behind.get(high).equals(behind.get(low))) {
                    high++;
                }
                if (!behind.get(low).isEmpty()) {
                    add(state, place, low, high - 1, read(place + 1, behind.get(low)));
                }
            }
            return state;
        }

        /**
         * By digit, what may follow it.
         *
         * @param bits of what follows
         */
        private static List<List<Range>> behind(List<Range> numbers, int digits, int bits) {
            List<List<Range>> behind =
                    Stream.<List<Range>>generate(ArrayList::new).limit(digits).toList();
            for (Range range : numbers) {
                for (int digit = range.first() >> bits; digit <= range.last() >> bits; digit++) {
                    int first = digit << bits;
                    int last = first + (1 << bits) - 1;
                    behind.get(digit)
                            .add(new Range(
                                    Math.max(range.first(), first) - first, Math.min(range.last(), last) - first));
                }
            }
            return behind;
        }

        private void add(int state, int number, int low, int high, int next) {
            Place place = places.get(number);
            int first = place.first + low;
            int last = place.first + high;
            if (!place.hexadecimal) {
                nfa.read(state, first, last, next);
                return;
            }
            if (first <= 9) {
                nfa.read(state, '0' + first, '0' + Math.min(last, 9), next);
            }
            if (last >= 10) {
                nfa.read(state, 'a' + Math.max(first, 10) - 10, 'a' + last - 10, next);
                nfa.read(state, 'A' + Math.max(first, 10) - 10, 'A' + last - 10, next);
            }
        }
    }
}
