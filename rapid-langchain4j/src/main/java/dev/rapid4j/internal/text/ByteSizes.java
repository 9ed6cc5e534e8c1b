package dev.rapid4j.internal.text;

import java.util.Locale;

/** Numbers of bytes as people read them. */
public final class ByteSizes {

    private static final long MEGABYTE = 1_000_000;

    private ByteSizes() {}

    /** What is written before {@code MB}, which is a million bytes wherever this library says it. */
    public static long megabytes(long bytes) {
        return bytes / MEGABYTE;
    }

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
