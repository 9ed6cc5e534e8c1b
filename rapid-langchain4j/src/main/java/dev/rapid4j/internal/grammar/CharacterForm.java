package dev.rapid4j.internal.grammar;

import java.util.List;

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

    /** In a string of JSON, what can be seen and is in ASCII without an escape that it does not need. */
    SHORT_JSON {
        @Override
        int read(Nfa nfa, CodePoints set, int target) {
            return json(nfa, set, set.intersection(VISIBLE.complement()), target);
        }
    };

    private static final CodePoints UNESCAPED =
            CodePoints.of("\"\\").union(CodePoints.of(0, 0x1F)).complement();
    private static final CodePoints VISIBLE = CodePoints.of(' ', '~');
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
        for (CodePoints.Range range : numbered.intersection(BASIC_PLANE).ranges()) {
            nfa.jump(digits, new Digits(nfa, HEXADECIMAL, target).read(range.first(), range.last()));
        }
        for (CodePoints.Range range :
                numbered.intersection(BASIC_PLANE.complement()).ranges()) {
            nfa.jump(digits, new Digits(nfa, PAIR, target).read(range.first() - 0x10000, range.last() - 0x10000));
        }
        return state;
    }

    private static void utf8(Nfa nfa, CodePoints set, int state, int target) {
        int first = 0;
        for (int length = 0; length < UTF_8.size(); length++) {
            CodePoints group = CodePoints.of(first, LAST_OF_UTF_8[length]);
            for (CodePoints.Range range : set.intersection(group).ranges()) {
                nfa.jump(state, new Digits(nfa, UTF_8.get(length), target).read(range.first(), range.last()));
            }
            first = LAST_OF_UTF_8[length] + 1;
        }
    }

    /** Numbers, digit by digit. */
    private record Digits(Nfa nfa, List<Place> places, int target) {

        int read(int first, int last) {
            return read(0, first, last);
        }

        private int read(int place, int first, int last) {
            if (place == places.size()) {
                return target;
            }
            int rest = places.subList(place + 1, places.size()).stream()
                    .mapToInt(Place::bits)
                    .sum();
            int mask = (1 << rest) - 1;
            int low = first >> rest;
            int high = last >> rest;
            int state = nfa.state();
            if (low == high) {
                add(state, place, low, low, read(place + 1, first & mask, last & mask));
                return state;
            }
            if ((first & mask) != 0) {
                add(state, place, low, low, read(place + 1, first & mask, mask));
                low++;
            }
            if ((last & mask) != mask) {
                add(state, place, high, high, read(place + 1, 0, last & mask));
                high--;
            }
            if (low <= high) {
                add(state, place, low, high, read(place + 1, 0, mask));
            }
            return state;
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
