package dev.rapid4j.internal.grammar;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The numbers that a schema allows, in JSON's writing.
 *
 * @param low the lowest, {@code null} if there is none
 * @param high the highest, {@code null} if there is none
 * @param multipleOf what they are multiples of
 */
record NumberRange(Bound low, Bound high, boolean integer, List<BigDecimal> multipleOf) {

    record Bound(BigDecimal value, boolean exclusive) {

        boolean isZero() {
            return value.signum() == 0;
        }

        private Bound negated() {
            return new Bound(value.negate(), exclusive);
        }
    }

    /** Digits before the point: what a {@code long} holds; and behind it. */
    private static final int DIGITS = 18;

    private static final int MOST_DIGITS = 40;

    private static final int MAX_MULTIPLE = 10_000;

    /** What a {@code double} holds to the last digit, so that whoever divides finds the same. */
    private static final String EXACT = "-?[0-9]{1,9}(\\.[0-9]{1,6})?";

    private static final String EXPONENT = "([eE][-+]?[0-9]{1,2})?";
    private static final String MAGNITUDE = "(0|[1-9][0-9]{0,17})(\\.[0-9]{1,18})?" + EXPONENT;
    private static final String ZERO = "-?0(\\.0{1,18})?" + EXPONENT;

    /**
     * Numbers of up to 18 digits before the point and behind it; with an exponent where only the sign is bounded.
     *
     * @throws TooLargeException if the bounds or multiples need too large an automaton
     */
    Table table() {
        Table table = !integer && bySign(low) && bySign(high) ? signed() : decimal();
        for (BigDecimal divisor : multipleOf) {
            table = Table.intersection(table, multiples(divisor));
        }
        Table exact = multipleOf.isEmpty()
                ? table
                : Table.intersection(table, Expression.whole(integer ? "-?[0-9]{1,15}" : EXACT, CharacterForm.PLAIN));
        return exact.isEmpty() ? table : exact;
    }

    private static boolean bySign(Bound bound) {
        return bound == null || bound.isZero();
    }

    private Table signed() {
        String form = high == null ? (low == null ? "-?" : "") + MAGNITUDE : "-" + MAGNITUDE + "|" + ZERO;
        Table table = Expression.whole(form, CharacterForm.PLAIN);
        if (low != null && high != null) {
            table = Expression.whole(ZERO, CharacterForm.PLAIN);
        }
        boolean withoutZero = low != null && low.exclusive || high != null && high.exclusive;
        return withoutZero ? Table.difference(table, Expression.whole(ZERO, CharacterForm.PLAIN)) : table;
    }

    private Table decimal() {
        Nfa nfa = new Nfa();
        int start = nfa.state();
        if (high == null || high.value.signum() >= 0) {
            Bound from = low == null || low.value.signum() < 0 ? new Bound(BigDecimal.ZERO, false) : low;
            new Magnitudes(nfa, from, high, integer).add(start);
        }
        if (low == null || low.value.signum() < 0) {
            // a zero has no sign
            Bound from = high == null || high.value.signum() >= 0 ? new Bound(BigDecimal.ZERO, true) : high.negated();
            int minus = nfa.state();
            new Magnitudes(nfa, from, low == null ? null : low.negated(), integer).add(minus);
            nfa.read(start, '-', '-', minus);
        }
        return nfa.table(start);
    }

    /** Numbers without a sign, digit by digit beside those of their bounds. */
    private static final class Magnitudes {

        private final Nfa nfa;
        private final Bound low;
        private final Bound high;
        private final boolean integer;
        private final int most;
        private final Map<List<Object>, Integer> states = new HashMap<>();

        /** @param high {@code null} if there is none */
        Magnitudes(Nfa nfa, Bound low, Bound high, boolean integer) {
            this.nfa = nfa;
            this.low = low;
            this.integer = integer;
            this.high = high == null || digitsOf(high) > MOST_DIGITS ? null : high;
            int needed = Math.max(digitsOf(low), this.high == null ? 0 : digitsOf(this.high));
            if (needed > MOST_DIGITS || low.value.scale() > 1000 || this.high != null && high.value.scale() > 1000) {
                throw new TooLargeException("a number has more than %d digits".formatted(MOST_DIGITS));
            }
            most = Math.max(DIGITS, needed);
        }

        /** Of the whole part; that of 0 has one. */
        private static int digitsOf(Bound bound) {
            return Math.max(1, bound.value.precision() - bound.value.scale());
        }

        void add(int start) {
            int first = digitsOf(low);
            int last = high == null ? most : digitsOf(high);
            for (int digits = first; digits <= last; digits++) {
                boolean tightLow = digits == first;
                boolean tightHigh = high != null && digits == last;
                nfa.jump(start, whole(digits, 0, tightLow, tightHigh));
            }
        }

        /** Digits of a number with so many before the point; {@code tight} while they are those of the bound. */
        private int whole(int digits, int place, boolean tightLow, boolean tightHigh) {
            return state(List.of("whole", digits, place, tightLow, tightHigh), state -> {
                if (place == digits) {
                    if (mayEnd(0, tightLow, tightHigh)) {
                        nfa.jump(state, Nfa.END);
                    }
                    if (!integer) {
                        nfa.read(state, '.', '.', fraction(0, tightLow, tightHigh));
                    }
                    return;
                }
                for (int digit = place == 0 && digits > 1 ? 1 : 0; digit <= 9; digit++) {
                    int lowest = tightLow ? digit(low, digits - 1 - place) : 0;
                    int highest = tightHigh ? digit(high, digits - 1 - place) : 9;
                    if (digit >= lowest && digit <= highest) {
                        int next = whole(digits, place + 1, tightLow && digit == lowest, tightHigh && digit == highest);
                        nfa.read(state, '0' + digit, '0' + digit, next);
                    }
                }
            });
        }

        private int fraction(int place, boolean tightLow, boolean tightHigh) {
            return state(List.of("fraction", place, tightLow, tightHigh), state -> {
                if (place > 0 && mayEnd(place, tightLow, tightHigh)) {
                    nfa.jump(state, Nfa.END);
                }
                if (place == DIGITS) {
                    return;
                }
                int lowest = tightLow ? digit(low, -1 - place) : 0;
                int highest = tightHigh ? digit(high, -1 - place) : 9;
                for (int digit = lowest; digit <= highest; digit++) {
                    int next = fraction(place + 1, tightLow && digit == lowest, tightHigh && digit == highest);
                    nfa.read(state, '0' + digit, '0' + digit, next);
                }
            });
        }

        private interface Filling {
            void fill(int state);
        }

        private int state(List<Object> key, Filling filling) {
            Integer known = states.get(key);
            if (known == null) {
                known = nfa.state();
                states.put(key, known);
                filling.fill(known);
            }
            return known;
        }

        /** @param place of the digits behind the point that are written */
        private boolean mayEnd(int place, boolean tightLow, boolean tightHigh) {
            boolean aboveLow = !tightLow || !(low.exclusive || hasMore(low, place));
            boolean belowHigh = !tightHigh || !high.exclusive || hasMore(high, place);
            return aboveLow && belowHigh;
        }

        private static boolean hasMore(Bound bound, int place) {
            return bound.value.movePointRight(place).remainder(BigDecimal.ONE).signum() != 0;
        }

        /** @param power of ten that the digit counts */
        private static int digit(Bound bound, int power) {
            return bound.value
                    .movePointLeft(power)
                    .toBigInteger()
                    .mod(BigInteger.TEN)
                    .intValue();
        }
    }

    /** All texts of digits whose number is a multiple. */
    private static Table multiples(BigDecimal divisor) {
        BigDecimal stripped = divisor.stripTrailingZeros();
        // 5.0 is a multiple of 5, too
        int places = Math.max(1, stripped.scale());
        if (places > DIGITS || stripped.precision() - stripped.scale() > DIGITS) {
            throw new TooLargeException("multiples of %s are too large".formatted(divisor));
        }
        BigInteger units = stripped.movePointRight(places).toBigIntegerExact();
        if (units.bitLength() > 31 || units.longValue() * (places + 2) > MAX_MULTIPLE) {
            throw new TooLargeException("supported are multiples of up to %,d units".formatted(MAX_MULTIPLE));
        }
        int modulus = units.intValue();
        // digits, sign, point, others
        byte[] classes = new byte[256];
        Arrays.fill(classes, (byte) 12);
        for (int digit = 0; digit <= 9; digit++) {
            classes['0' + digit] = (byte) digit;
        }
        classes['-'] = 10;
        classes['.'] = 11;
        int count = 13;
        // by digits behind the point (0: there is none, 1: a point without digits, ...) and remainder
        int[] next = new int[(places + 2) * modulus * count];
        Arrays.fill(next, Automaton.DEAD);
        int[] exits = new int[(places + 2) * modulus];
        for (int part = 0; part < places + 2; part++) {
            int written = Math.max(0, part - 1);
            BigInteger rest = BigInteger.TEN.pow(places - written);
            for (int remainder = 0; remainder < modulus; remainder++) {
                int state = part * modulus + remainder;
                boolean whole =
                        BigInteger.valueOf(remainder).multiply(rest).mod(units).signum() == 0;
                exits[state] = whole ? 0 : -1;
                for (int digit = 0; digit <= 9 && part != places + 1; digit++) {
                    int target = (int) ((10L * remainder + digit) % modulus);
                    next[state * count + digit] = (part == 0 ? 0 : part + 1) * modulus + target;
                }
                if (part == 0) {
                    next[state * count + 10] = state;
                    next[state * count + 11] = modulus + remainder;
                }
            }
        }
        return Table.trimmed(classes, count, next, exits);
    }

    NumberRange and(NumberRange other) {
        List<BigDecimal> divisors = new ArrayList<>(multipleOf);
        divisors.addAll(other.multipleOf);
        return new NumberRange(
                tighter(low, other.low, 1), tighter(high, other.high, -1), integer || other.integer, divisors);
    }

    private static Bound tighter(Bound one, Bound other, int sign) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        int order = sign * one.value.compareTo(other.value);
        return order > 0 || order == 0 && one.exclusive ? one : other;
    }

    /** By the bounds alone. */
    boolean isEmpty() {
        int order = low == null || high == null ? -1 : low.value.compareTo(high.value);
        return order > 0 || order == 0 && (low.exclusive || high.exclusive);
    }

    boolean contains(BigDecimal number) {
        return (low == null || number.compareTo(low.value) >= (low.exclusive ? 1 : 0))
                && (high == null || number.compareTo(high.value) <= (high.exclusive ? -1 : 0))
                && (!integer || number.remainder(BigDecimal.ONE).signum() == 0)
                && multipleOf.stream()
                        .allMatch(divisor -> number.remainder(divisor).signum() == 0);
    }
}
