package dev.rapid4j.internal.decoding;

final class Ranges {

    private Ranges() {}

    /** NaN is out of every range. */
    static void check(String name, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            String lower = least == Double.MIN_VALUE ? "above 0 and at most " : "from " + plain(least) + " to ";
            throw new IllegalArgumentException(name + " must be " + lower + plain(most) + ", not " + plain(value));
        }
    }

    private static String plain(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }
}
