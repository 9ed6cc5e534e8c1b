package dev.rapid4j.internal.answer;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.rapid4j.internal.answer.Parameters.Kind;
import dev.rapid4j.internal.answer.Parameters.Parameter;
import dev.rapid4j.internal.grammar.Rule;
import dev.rapid4j.internal.grammar.Rule.Selection.Part;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Arguments between tags, as Qwen3-Coder writes them: texts as they are, the rest in JSON or as Python prints it. */
final class TaggedArguments implements ArgumentsReader {

    private static final String OPEN = "<parameter=";
    private static final String OPENED = ">\n";
    private static final String CLOSE = "\n</parameter>\n";
    /** What stands behind the last one. */
    private static final String BEHIND = "</function>";

    static final Rule BOOLEAN = new Rule.Choice(
            new Rule.Literal("true"), new Rule.Literal("false"), new Rule.Literal("True"), new Rule.Literal("False"));

    private static final String TAG = "</parameter>[ \\t\\r\\n]*";
    private static final String NEXT = "<parameter=[^<>\\n]+>\\n";

    /**
     * A text with the line end before it, up to where it is over. That is behind a closing tag on a line of its own;
     * but models also leave out the line ends around it, or all of it: so the next parameter and the end of the call
     * are no part of a text if they follow a closing tag or begin a line. A closing tag that it only quotes is.
     */
    private static final Rule TEXT = new Rule.Text(
            "\\n([^]*(" + TAG + "|\\n))?",
            "\\n</parameter>\\n[^]|(" + TAG + "|\\n)(" + NEXT + "|</function>\\n</tool_call>)");

    /** Where such a text is over. For a last tag that is a control token, half a character stands. */
    private static final Pattern END = Pattern.compile("\\n</parameter>\\n|((\\n[ \\t]*)?" + TAG + "|\\n)(?=" + NEXT
            + "|</function>\\n(</tool_call>|[\\uD800-\\uDFFF]))");

    private final Parameters parameters;
    private boolean begun;
    private boolean ended;
    private boolean inValue;
    private Kind kind = Kind.TEXT;
    /** Whether something of it is read. */
    private boolean textBegun;

    TaggedArguments(Parameters parameters) {
        this.parameters = parameters;
    }

    static Rule rule(Parameters parameters) {
        if (parameters.others()) {
            Rule other = new Rule.Sequence(new Rule.Literal(OPEN), Parameters.NAME, new Rule.Literal(">"), TEXT);
            return new Rule.Repetition(other, 0, Parameters.MOST_OTHERS);
        }
        return new Rule.Selection(
                parameters.named().stream()
                        .map(parameter -> new Part(
                                new Rule.Sequence(new Rule.Literal(OPEN + parameter.name() + ">"), value(parameter)),
                                parameter.required()))
                        .toList(),
                new Rule.Sequence());
    }

    private static Rule value(Parameter parameter) {
        return switch (parameter.kind()) {
            case TEXT -> TEXT;
            case WORD ->
                closed(new Rule.Choice(
                        parameter.words().stream().<Rule>map(Rule.Literal::new).toList()));
            case BOOLEAN -> closed(BOOLEAN);
            case JSON -> closed(parameter.schema());
        };
    }

    private static Rule closed(Rule value) {
        return new Rule.Sequence(new Rule.Literal("\n"), value, new Rule.Literal(CLOSE));
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
        kind = parameters.kind(name);
        // the line end before a text may be that before its closing tag
        text.delete(0, opened + (kind == Kind.TEXT ? 1 : OPENED.length()));
        json.append(begun ? ", " : "{").append('"').append(escaped(name)).append("\": ");
        json.append(kind == Kind.TEXT ? "\"" : "");
        begun = true;
        inValue = true;
        textBegun = false;
        return true;
    }

    private boolean value(StringBuilder text, StringBuilder json) {
        return kind == Kind.TEXT ? text(text, json) : closed(text, json);
    }

    private boolean text(StringBuilder text, StringBuilder json) {
        Matcher end = END.matcher(text);
        int certain = 0;
        boolean over = false;
        while (certain < text.length() && !over) {
            char next = text.charAt(certain);
            if (next == '\n' || next == '<') {
                over = end.region(certain, text.length()).lookingAt();
                if (!over && end.hitEnd()) {
                    break;
                }
            } else if (Character.isHighSurrogate(next) && certain == text.length() - 1) {
                break;
            }
            certain += over ? 0 : 1;
        }
        json.append(escaped(text.substring(textBegun ? 0 : Math.min(1, certain), certain)));
        textBegun |= certain > 0;
        text.delete(0, over ? end.end() : certain);
        if (over) {
            json.append('"');
            inValue = false;
        }
        return over;
    }

    private boolean closed(StringBuilder text, StringBuilder json) {
        int close = text.indexOf(CLOSE);
        if (close < 0) {
            if (kind == Kind.JSON) {
                int certain = text.length() - held(text);
                json.append(text, 0, certain);
                text.delete(0, certain);
            }
            return false;
        }
        String value = text.substring(0, close);
        text.delete(0, close + CLOSE.length());
        json.append(
                switch (kind) {
                    case WORD -> '"' + escaped(value) + '"';
                    case BOOLEAN -> value.toLowerCase(Locale.ROOT);
                    default -> value;
                });
        inValue = false;
        return true;
    }

    /** Characters at the end with which the closing tag may begin. */
    private static int held(StringBuilder text) {
        int length = Math.min(text.length(), CLOSE.length() - 1);
        while (!CLOSE.startsWith(text.substring(text.length() - length))) {
            length--;
        }
        return length;
    }

    private static String escaped(String text) {
        return new String(JsonStringEncoder.getInstance().quoteAsString(text));
    }

    @Override
    public boolean ended() {
        return ended;
    }
}
