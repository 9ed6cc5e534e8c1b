package dev.rapid4j.prompt.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** The presentation types e, f and g that both ways of formatting share. */
final class NumberFormat {
    static final int MAX_PRECISION = 1000;

    private NumberFormat() {}

    /** The text for a value that is not negative. */
    static String format(double value, char type, int givenPrecision) {
        int precision = givenPrecision < 0 ? 6 : givenPrecision;
        if (precision > MAX_PRECISION) {
            throw new TemplateError("the precision of a number is over " + MAX_PRECISION);
        }
        if (Double.isNaN(value) || Double.isInfinite(value)) {
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
        return digits.toPlainString() + Numbers.exponent(exponent);
    }

    private static String general(BigDecimal value, int precision) {
        if (value.signum() == 0) {
            return "0";
        }
        BigDecimal rounded = value.round(new MathContext(precision, RoundingMode.HALF_EVEN));
        int exponent = rounded.precision() - rounded.scale() - 1;
        BigDecimal stripped = rounded.stripTrailingZeros();
        return exponent < -4 || exponent >= precision
                ? Numbers.scientific(stripped, exponent)
                : stripped.toPlainString();
    }
}
