package dev.rapid4j.samples.evaluation.report;

import java.util.regex.Pattern;

/** Text inside Markdown, on one line. */
final class Markdown {

    private static final Pattern SYNTAX = Pattern.compile("[\\\\`*\\[\\]<>|&~]");

    private Markdown() {}

    /** The same text for a reader, who may also be a terminal: no markup, no HTML, no end of the line. */
    static String escaped(String text) {
        return SYNTAX.matcher(Texts.printable(text)).replaceAll("\\\\$0");
    }
}
