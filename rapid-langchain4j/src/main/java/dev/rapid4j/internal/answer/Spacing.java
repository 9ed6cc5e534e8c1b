package dev.rapid4j.internal.answer;

import dev.rapid4j.internal.grammar.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Texts in which models write white space, or a number, as they please. Signs that no text holds stand for these. */
final class Spacing {

    /** Of a run of free white space, characters at most. */
    static final int MOST = 32;

    private static final String FREE = "\u001F";

    private static final Rule RULE = new Rule.Choice(
            new Rule.Repetition(new Rule.Literal(" "), 0, 1),
            new Rule.Sequence(
                    new Rule.Repetition(new Rule.Literal("\n"), 1, 2),
                    new Rule.Repetition(new Rule.Literal(" "), 0, 16)));

    private static final String EXPRESSION = "[ \\t\\r\\n]{0," + MOST + "}";

    /** Digits that number a call. */
    static final String NUMBER = "\u001E";

    private static final String DIGITS = "[0-9]{1,4}";

    /** Before and behind a sign. */
    private static final Pattern SIGNS = Pattern.compile("(?=[" + FREE + NUMBER + "])|(?<=[" + FREE + NUMBER + "])");

    private Spacing() {}

    /** @param text in which each space stands for any white space, or for none */
    static String free(String text) {
        return text.replace(" ", FREE);
    }

    /** The text without its free white space. */
    static String without(String text) {
        return text.replace(FREE, "");
    }

    /** Whether a sign of a text stands for free white space. */
    static boolean isFree(char sign) {
        return sign == FREE.charAt(0);
    }

    static boolean isSpace(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
    }

    static boolean beginsFree(String text) {
        return text.startsWith(FREE);
    }

    /** @param parts what a text without signs becomes */
    static List<Rule> rules(String text, Function<String, List<Rule>> parts) {
        List<Rule> rules = new ArrayList<>();
        for (String piece : SIGNS.split(text)) {
            if (piece.equals(FREE)) {
                rules.add(RULE);
            } else if (piece.equals(NUMBER)) {
                rules.add(new Rule.Pattern(DIGITS));
            } else if (!piece.isEmpty()) {
                rules.addAll(parts.apply(piece));
            }
        }
        return rules;
    }

    /** @param written what a text without signs looks like where it is looked for */
    static Pattern pattern(String text, UnaryOperator<String> written) {
        StringBuilder pattern = new StringBuilder();
        for (String piece : SIGNS.split(text)) {
            pattern.append(
                    switch (piece) {
                        case FREE -> EXPRESSION;
                        case NUMBER -> DIGITS;
                        default -> Pattern.quote(written.apply(piece));
                    });
        }
        return Pattern.compile(pattern.toString());
    }
}
