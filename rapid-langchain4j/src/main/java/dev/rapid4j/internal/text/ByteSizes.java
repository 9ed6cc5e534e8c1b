package dev.rapid4j.internal.text;

import java.util.Locale;

/** Numbers of bytes as people read them. */
public final class ByteSizes {

    private ByteSizes() {}

    /** In decimal units, such as {@code 1.2 GB}. */
    public static String text(long bytes) {
        if (bytes < 1000) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= 1000 && unit < 3) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %sB", value, "kMGT".charAt(unit));
    }
}
