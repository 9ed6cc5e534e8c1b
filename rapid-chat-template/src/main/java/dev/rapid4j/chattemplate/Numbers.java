package dev.rapid4j.chattemplate;

import dev.rapid4j.chattemplate.Value.Bool;
import dev.rapid4j.chattemplate.Value.Float;
import dev.rapid4j.chattemplate.Value.Int;
import dev.rapid4j.chattemplate.Value.Number;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Pattern;

/** Python's numbers: how they compare, round, are read and print. */
final class Numbers {
    private static final int MAX_DIGITS = 4300;
    private static final int MAX_PRECISION = 1000;
    private static final Pattern DECIMAL = Pattern.compile("(?:[0-9]++\\.?[0-9]*+|\\.[0-9]++)(?:e[-+]?[0-9]++)?");

    private Numbers() {}

    /** The integer a bool or integer stands for, or null. */
    static BigInteger integer(Value value) {
        if (value instanceof Int integer) {
            return integer.value();
        }
        return value instanceof Bool bool ? (bool.value() ? BigInteger.ONE : BigInteger.ZERO) : null;
    }

    /** An integer for sizes and positions; what lies beyond the int range is cut to it. */
    static int index(Value value, String what) {
        BigInteger integer = integer(value);
        if (integer == null) {
            throw new TemplateError(what + " must be an integer, not " + Python.typeName(value));
        }
        return integer.bitLength() < 32
                ? integer.intValue()
                : integer.signum() < 0 ? -Integer.MAX_VALUE : Integer.MAX_VALUE;
    }

    static boolean equal(Number left, Object other) {
        return other instanceof Number right && !isNaN(left) && !isNaN(right) && compare(left, right) == 0;
    }

    static int hash(Number number) {
        BigInteger integer = integer(number);
        if (integer != null) {
            return integer.hashCode();
        }
        double value = number.asDouble();
        return value == Math.rint(value) && !Double.isInfinite(value)
                ? new BigDecimal(value).toBigInteger().hashCode()
                : Double.hashCode(value);
    }

    static boolean isNaN(Number number) {
        return Double.isNaN(number.asDouble());
    }

    /** Compares exactly, also where no double equals the integer. */
    static int compare(Number left, Number right) {
        BigInteger a = integer(left);
        BigInteger b = integer(right);
        if (a != null && b != null) {
            return a.compareTo(b);
        }
        double x = left.asDouble();
        double y = right.asDouble();
        if (a == null && b == null || Double.isInfinite(x) || Double.isInfinite(y)) {
            return x < y ? -1 : x > y ? 1 : 0;
        }
        return decimal(left).compareTo(decimal(right));
    }

    private static BigDecimal decimal(Number number) {
        BigInteger integer = integer(number);
        return integer != null ? new BigDecimal(integer) : new BigDecimal(number.asDouble());
    }

    static Int truncate(double value) {
        if (!Double.isFinite(value)) {
            throw new TemplateError("cannot convert float " + repr(value) + " to integer");
        }
        return new Int(new BigDecimal(value).toBigInteger());
    }

    static Number round(Number number, int digits) {
        BigInteger integer = integer(number);
        int scale = Math.max(-400, Math.min(400, digits));
        if (integer != null) {
            return new Int(new BigDecimal(integer)
                    .setScale(Math.min(scale, 0), RoundingMode.HALF_EVEN)
                    .toBigInteger());
        }
        double value = number.asDouble();
        if (!Double.isFinite(value)) {
            return number;
        }
        double rounded =
                new BigDecimal(value).setScale(scale, RoundingMode.HALF_EVEN).doubleValue();
        return new Float(rounded == 0 ? Math.copySign(0.0, value) : rounded);
    }

    // ---- text to number ----------------------------------------------------------------------------------------

    /** Python's {@code int(text, base)}, or null. */
    static Int parseInteger(String text, int base) {
        String digits = Python.strip(text);
        boolean negative = digits.startsWith("-");
        if (negative || digits.startsWith("+")) {
            digits = digits.substring(1);
        }
        String prefix = digits.length() > 1 && digits.charAt(0) == '0'
                ? digits.substring(0, 2).toLowerCase(Locale.ROOT)
                : "";
        int prefixBase = switch (prefix) {
            case "0x" -> 16;
            case "0o" -> 8;
            case "0b" -> 2;
            default -> 0;
        };
        int radix = base == 0 ? Math.max(prefixBase, 0) : base;
        if (prefixBase != 0 && radix == prefixBase) {
            digits = digits.substring(digits.startsWith("_", 2) ? 3 : 2);
        } else if (base == 0) {
            radix = 10;
        }
        digits = dropUnderscores(digits);
        if (digits == null || digits.isEmpty() || radix < 2 || radix > 36 || digits.length() > MAX_DIGITS) {
            return null;
        }
        for (int i = 0; i < digits.length(); i++) {
            if (Character.digit(digits.charAt(i), radix) < 0) {
                return null;
            }
        }
        BigInteger value = new BigInteger(digits, radix);
        return new Int(negative ? value.negate() : value);
    }

    /** Python's {@code float(text)}, or null. */
    static Float parseFloat(String text) {
        String literal = Python.strip(text).toLowerCase(Locale.ROOT);
        boolean negative = literal.startsWith("-");
        String unsigned = negative || literal.startsWith("+") ? literal.substring(1) : literal;
        if (unsigned.equals("inf") || unsigned.equals("infinity")) {
            return new Float(negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY);
        }
        if (unsigned.equals("nan")) {
            return new Float(Double.NaN);
        }
        String digits = dropUnderscores(unsigned);
        if (digits == null || !DECIMAL.matcher(digits).matches()) {
            return null;
        }
        double value = Double.parseDouble(digits);
        return new Float(negative ? -value : value);
    }

    /** Underscores are allowed between digits only; null if they are elsewhere. */
    private static String dropUnderscores(String digits) {
        if (digits.indexOf('_') < 0) {
            return digits;
        }
        boolean misplaced = digits.startsWith("_") || digits.endsWith("_") || digits.contains("__");
        return misplaced || digits.contains("_.") || digits.contains("._") ? null : digits.replace("_", "");
    }

    // ---- number to text ----------------------------------------------------------------------------------------

    static String repr(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal shortest = shortest(value);
        int exponent = shortest.precision() - shortest.scale() - 1;
        if (exponent >= -4 && exponent < 16) {
            String plain = shortest.toPlainString();
            return plain.indexOf('.') < 0 ? plain + ".0" : plain;
        }
        return scientific(shortest, exponent);
    }

    private static String scientific(BigDecimal value, int exponent) {
        String digits = value.unscaledValue().abs().toString();
        String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
        return (value.signum() < 0 ? "-" : "") + digits.charAt(0) + fraction + exponent(exponent);
    }

    private static String exponent(int exponent) {
        return "e" + (exponent < 0 ? "-" : "+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }

    /**
     * The number with the fewest digits that read back as the same double; Double.toString does so only from Java 19
     * on.
     */
    private static BigDecimal shortest(double value) {
        BigDecimal exact = new BigDecimal(value);
        for (int digits = 1; digits < 17; digits++) {
            BigDecimal rounded = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
            if (rounded.doubleValue() == value) {
                return rounded.stripTrailingZeros();
            }
        }
        return exact.round(new MathContext(17, RoundingMode.HALF_EVEN)).stripTrailingZeros();
    }

    // ---- the presentation types of formats ---------------------------------------------------------------------

    /**
     * The text for a value that is not negative.
     *
     * @param type {@code e}, {@code f} or {@code g}
     * @param givenPrecision negative if not given
     */
    static String format(double value, char type, int givenPrecision) {
        int precision = givenPrecision < 0 ? 6 : givenPrecision;
        if (precision > MAX_PRECISION) {
            throw new TemplateError("the precision of a number is over " + MAX_PRECISION);
        }
        if (!Double.isFinite(value)) {
            return Double.isNaN(value) ? "nan" : "inf";
        }
        BigDecimal decimal = new BigDecimal(value);
        return switch (type) {
            case 'f' -> decimal.setScale(precision, RoundingMode.HALF_EVEN).toPlainString();
            case 'e' -> exponential(decimal, precision);
            default -> general(decimal, Math.max(1, precision));
        };
    }

    private static String exponential(BigDecimal value, int precision) {
        if (value.signum() == 0) {
            return new BigDecimal(0).setScale(precision).toPlainString() + "e+00";
        }
        BigDecimal rounded = value.round(new MathContext(precision + 1, RoundingMode.HALF_EVEN));
        int exponent = rounded.precision() - rounded.scale() - 1;
        BigDecimal digits = rounded.movePointLeft(exponent).setScale(precision, RoundingMode.HALF_EVEN);
        return digits.toPlainString() + exponent(exponent);
    }

    private static String general(BigDecimal value, int precision) {
        if (value.signum() == 0) {
            return "0";
        }
        BigDecimal rounded = value.round(new MathContext(precision, RoundingMode.HALF_EVEN));
        int exponent = rounded.precision() - rounded.scale() - 1;
        BigDecimal stripped = rounded.stripTrailingZeros();
        return exponent < -4 || exponent >= precision ? scientific(stripped, exponent) : stripped.toPlainString();
    }
}
