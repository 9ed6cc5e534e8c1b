package dev.rapid4j.internal.answer;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.rapid4j.internal.answer.Parameters.Kind;
import dev.rapid4j.internal.answer.Parameters.Parameter;
import dev.rapid4j.internal.grammar.Rule;
import dev.rapid4j.internal.grammar.Rule.Selection.Part;
import java.util.Locale;

/** Arguments between tags, as Qwen3-Coder writes them: texts as they are, the rest in JSON or as Python prints it. */
final class TaggedArguments implements ArgumentsReader {

    private static final String OPEN = "<parameter=";
    private static final String OPENED = ">\n";
    private static final String CLOSE = "\n</parameter>\n";
    /** What stands behind the last one. */
    private static final String BEHIND = "</function>";

    static final Rule BOOLEAN = new Rule.Choice(
            new Rule.Literal("true"), new Rule.Literal("false"), new Rule.Literal("True"), new Rule.Literal("False"));

    private final Parameters parameters;
    private boolean begun;
    private boolean ended;
    private boolean inValue;
    private Kind kind = Kind.TEXT;

    TaggedArguments(Parameters parameters) {
        this.parameters = parameters;
    }

    static Rule rule(Parameters parameters) {
        if (parameters.others()) {
            Rule other = new Rule.Sequence(
                    new Rule.Literal(OPEN), Parameters.NAME, new Rule.Literal(OPENED), new Rule.Until(CLOSE));
            return new Rule.Repetition(other, 0, Parameters.MOST_OTHERS);
        }
        return new Rule.Selection(
                parameters.named().stream()
                        .map(parameter -> new Part(
                                new Rule.Sequence(new Rule.Literal(OPEN + parameter.name() + OPENED), value(parameter)),
                                parameter.required()))
                        .toList(),
                new Rule.Sequence());
    }

    private static Rule value(Parameter parameter) {
        if (parameter.kind() == Kind.TEXT && parameter.words().isEmpty()) {
            return new Rule.Until(CLOSE);
        }
        Rule value = switch (parameter.kind()) {
            case TEXT ->
                new Rule.Choice(parameter.words().orElseThrow().stream()
                        .<Rule>map(Rule.Literal::new)
                        .toList());
            case BOOLEAN -> BOOLEAN;
            case JSON -> parameter.schema();
        };
        return new Rule.Sequence(value, new Rule.Literal(CLOSE));
    }

    @Override
    public String read(StringBuilder text) {
        StringBuilder json = new StringBuilder();
        while (inValue ? value(text, json) : next(text, json)) {
            // on
        }
        return json.toString();
    }

    private boolean next(StringBuilder text, StringBuilder json) {
        if (ended || text.length() < OPEN.length()) {
            return false;
        }
        if (text.indexOf(BEHIND) == 0) {
            json.append(begun ? "}" : "{}");
            ended = true;
            return false;
        }
        int opened = text.indexOf(OPENED);
        if (opened < 0) {
            return false;
        }
        String name = text.substring(OPEN.length(), opened);
        text.delete(0, opened + OPENED.length());
        kind = parameters.kind(name);
        json.append(begun ? ", " : "{").append('"').append(escaped(name)).append("\": ");
        json.append(kind == Kind.TEXT ? "\"" : "");
        begun = true;
        inValue = true;
        return true;
    }

    private boolean value(StringBuilder text, StringBuilder json) {
        int close = text.indexOf(CLOSE);
        if (close < 0) {
            if (kind != Kind.BOOLEAN) {
                int certain = text.length() - held(text);
                String piece = text.substring(0, certain);
                json.append(kind == Kind.TEXT ? escaped(piece) : piece);
                text.delete(0, certain);
            }
            return false;
        }
        String value = text.substring(0, close);
        text.delete(0, close + CLOSE.length());
        json.append(
                switch (kind) {
                    case TEXT -> escaped(value) + "\"";
                    case BOOLEAN -> value.toLowerCase(Locale.ROOT);
                    case JSON -> value;
                });
        inValue = false;
        return true;
    }

    /** Characters at the end with which the closing tag may begin, or half a character. */
    private static int held(StringBuilder text) {
        int length = Math.min(text.length(), CLOSE.length() - 1);
        while (length > 0 && !CLOSE.startsWith(text.substring(text.length() - length))) {
            length--;
        }
        boolean half = length == 0 && !text.isEmpty() && Character.isHighSurrogate(text.charAt(text.length() - 1));
        return half ? 1 : length;
    }

    private static String escaped(String text) {
        return new String(JsonStringEncoder.getInstance().quoteAsString(text));
    }

    @Override
    public boolean ended() {
        return ended;
    }
}
