package dev.rapid4j.samples.evaluation.report;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Pattern;

/** Figures as text. */
final class Texts {

    static final String NOTHING = "–";

    private static final int MAX_NAME = 60;

    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\p{Cf}\\p{Cs}\u2028\u2029]");

    private Texts() {}

    /**
     * The text on one line, without characters that steer a terminal, turn the direction of writing, or cannot be
     * written.
     */
    static String printable(String text) {
        return CONTROL.matcher(text).replaceAll(" ");
    }

    /** A share of 0 to 1 in per cent, without the sign. */
    static String percent(double share) {
        return number(100 * share, 1);
    }

    /** Where the interval begins and ends, in per cent. */
    static String interval(Estimate estimate) {
        return percent(estimate.low()) + " to " + percent(estimate.high());
    }

    static String ratio(double ratio) {
        return Double.isFinite(ratio) ? number(ratio, 2) + "×" : NOTHING;
    }

    /** Seconds with three significant digits or so. */
    static String seconds(double seconds) {
        return number(seconds, seconds < 1 ? 3 : seconds < 10 ? 2 : 1);
    }

    /** Halves go to the even digit, as in Python, and so in the scores that the benchmarks' authors publish. */
    static String number(double value, int decimals) {
        return Double.isFinite(value)
                ? String.format(
                        Locale.ROOT,
                        "%,." + decimals + "f",
                        new BigDecimal(value).setScale(decimals, RoundingMode.HALF_EVEN))
                : NOTHING;
    }

    static String count(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    /** "1 question", "2 questions". */
    static String questions(long count) {
        return count(count) + (count == 1 ? " question" : " questions");
    }

    /** A number without needless zeros, as settings are typed. */
    static String plain(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    /** A name that leaves room beside it: what is too long loses its middle. */
    static String shortened(String name) {
        int half = MAX_NAME / 2;
        return name.length() <= MAX_NAME
                ? name
                : name.substring(0, half) + "…" + name.substring(name.length() - half + 1);
    }

    /** The last part of a path or hub id. */
    static String lastPart(String name) {
        int end = name.length();
        while (end > 1 && isSeparator(name.charAt(end - 1))) {
            end--;
        }
        int start = end;
        while (start > 0 && !isSeparator(name.charAt(start - 1))) {
            start--;
        }
        return shortened(name.substring(start, end));
    }

    private static boolean isSeparator(char character) {
        return character == '/' || character == '\\';
    }
}
