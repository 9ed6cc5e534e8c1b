package dev.rapid4j.chattemplate;

/** Finds strings in strings in linear time, whatever the strings are. */
final class Search {
    private static final int SHORT = 8;

    private Search() {}

    static long cost(String text, String part) {
        return part.length() <= SHORT ? text.length() : 4L * text.length();
    }

    static int indexOf(String text, String part, int from) {
        if (part.length() <= SHORT || from >= text.length()) {
            return text.indexOf(part, from);
        }
        // the usual case: not even the beginning occurs
        int start = text.indexOf(part.substring(0, SHORT), from);
        return start < 0 ? -1 : knuthMorrisPratt(text, part, start);
    }

    private static int knuthMorrisPratt(String text, String part, int from) {
        if (part.length() > text.length() - from) {
            return -1;
        }
        int[] borders = new int[part.length()];
        for (int i = 1, k = 0; i < part.length(); i++) {
            while (k > 0 && part.charAt(i) != part.charAt(k)) {
                k = borders[k - 1];
            }
            if (part.charAt(i) == part.charAt(k)) {
                k++;
            }
            borders[i] = k;
        }
        for (int i = from, k = 0; i < text.length(); i++) {
            while (k > 0 && text.charAt(i) != part.charAt(k)) {
                k = borders[k - 1];
            }
            if (text.charAt(i) == part.charAt(k)) {
                k++;
            }
            if (k == part.length()) {
                return i - k + 1;
            }
        }
        return -1;
    }
}
