package dev.rapid4j.samples.reading;

import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The text of a document, with {@code \n} for line ends and without white space around it, and where its parts begin.
 *
 * @param part what is counted, {@code "line"} or {@code "page"}
 * @param parts number of each part, from 1, by its first character
 */
public record DocumentText(String text, String part, NavigableMap<Integer, Integer> parts) {

    private static final Pattern LINE_END = Pattern.compile("\r\n?");
    private static final Pattern BEHIND_A_LINE = Pattern.compile("(?<=\n)");

    static DocumentText ofPages(List<String> pages) {
        return of("page", pages.stream().map(DocumentText::normal).toList());
    }

    static DocumentText ofLines(String text) {
        return of("line", BEHIND_A_LINE.splitAsStream(normal(text)).toList());
    }

    private static String normal(String text) {
        return LINE_END.matcher(text).replaceAll("\n");
    }

    private static DocumentText of(String part, List<String> texts) {
        String all = String.join("", texts);
        int before = all.length() - all.stripLeading().length();
        NavigableMap<Integer, Integer> parts = new TreeMap<>();
        int start = -before;
        for (int number = 1; number <= texts.size(); number++) {
            parts.put(Math.max(start, 0), number);
            start += texts.get(number - 1).length();
        }
        return new DocumentText(all.strip(), part, parts);
    }

    /** In which parts some characters stand, as {@code "page 3"} or {@code "lines 12 to 17"}. */
    public String place(int start, int end) {
        int first = parts.floorEntry(start).getValue();
        int last = parts.floorEntry(end - 1).getValue();
        return first == last ? part + " " + first : "%ss %d to %d".formatted(part, first, last);
    }
}
