package dev.rapid4j.samples.reading;

import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The text of a document, with {@code \n} for line ends and without white space around it, and in which of its parts a
 * character stands. It holds nothing for each line: a file may have tens of millions.
 */
public final class DocumentText {

    private static final Pattern LINE_END = Pattern.compile("\r\n?");

    private final String text;
    private final String part;

    /** Number of a part, from 1, by a character of the text. */
    private final IntUnaryOperator numbers;

    private DocumentText(String text, String part, IntUnaryOperator numbers) {
        this.text = text;
        this.part = part;
        this.numbers = numbers;
    }

    static DocumentText ofPages(List<String> pages) {
        List<String> texts = pages.stream().map(DocumentText::normal).toList();
        String all = String.join("", texts);
        int before = blankBefore(all);
        int[] starts = new int[texts.size()];
        for (int page = 1; page < starts.length; page++) {
            starts[page] = starts[page - 1] + texts.get(page - 1).length();
        }
        return new DocumentText(all.strip(), "page", at ->
                (int) IntStream.of(starts).filter(start -> start <= before + at).count());
    }

    static DocumentText ofLines(String text) {
        String all = normal(text);
        String stripped = all.strip();
        int first = 1 + lineEnds(all, blankBefore(all));
        return new DocumentText(stripped, "line", at -> first + lineEnds(stripped, at));
    }

    private static String normal(String text) {
        return LINE_END.matcher(text).replaceAll("\n");
    }

    private static int blankBefore(String text) {
        return text.length() - text.stripLeading().length();
    }

    private static int lineEnds(String text, int end) {
        return (int)
                text.chars().limit(end).filter(character -> character == '\n').count();
    }

    public String text() {
        return text;
    }

    /** How far it reaches, as {@code "12 pages"} or {@code "1 line"}. */
    public String size() {
        int last = numbers.applyAsInt(Math.max(0, text.length() - 1));
        return "%,d %s%s".formatted(last, part, last == 1 ? "" : "s");
    }

    /** In which parts some characters stand, as {@code "page 3"} or {@code "lines 12 to 17"}. */
    public String place(int start, int end) {
        int first = numbers.applyAsInt(start);
        int last = numbers.applyAsInt(end - 1);
        return first == last ? part + " " + first : "%ss %d to %d".formatted(part, first, last);
    }
}
