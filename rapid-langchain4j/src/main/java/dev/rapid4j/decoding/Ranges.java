package dev.rapid4j.decoding;

final class Ranges {

    private Ranges() {}

    /** NaN is out of every range. */
    static void check(String name, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException(
                    name + " must be from " + plain(least) + " to " + plain(most) + ", not " + plain(value));
        }
    }

    private static String plain(double value) {
        if (value == Double.MIN_VALUE) {
            return "above 0";
        }
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }
}
