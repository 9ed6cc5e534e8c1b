package dev.rapid4j.internal.answer;

import dev.rapid4j.internal.grammar.Rule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Texts in which models write white space as they please. A sign that no text holds stands for it. */
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

    /** @param parts what a text without free white space becomes */
    static List<Rule> rules(String text, Function<String, List<Rule>> parts) {
        List<Rule> rules = new ArrayList<>();
        String[] pieces = text.split(FREE, -1);
        for (int i = 0; i < pieces.length; i++) {
            if (i > 0) {
                rules.add(RULE);
            }
            if (!pieces[i].isEmpty()) {
                rules.addAll(parts.apply(pieces[i]));
            }
        }
        return rules;
    }

    /** @param written what a text without free white space looks like where it is looked for */
    static Pattern pattern(String text, UnaryOperator<String> written) {
        return Pattern.compile(String.join(
                EXPRESSION,
                Arrays.stream(text.split(FREE, -1))
                        .map(written)
                        .map(Pattern::quote)
                        .toList()));
    }
}
