package dev.rapid4j.internal.answer;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.node.BooleanNode;
import dev.rapid4j.internal.answer.Parameters.Kind;
import dev.rapid4j.internal.answer.Parameters.Parameter;
import dev.rapid4j.internal.grammar.Rule;
import dev.rapid4j.internal.grammar.Rule.Selection.Part;

/** Keyword arguments of a call in Python, as OLMo 3 writes them, up to the parenthesis that closes it. */
final class PythonArguments implements ArgumentsReader {

    private static final Rule COMMA =
            new Rule.Sequence(new Rule.Literal(","), new Rule.Repetition(new Rule.Literal(" "), 0, 1));

    private boolean begun;
    private boolean ended;
    private boolean inValue;
    private boolean valueBegun;
    private int depth;
    private boolean inString;
    private boolean escaped;

    static Rule rule(Parameters parameters) {
        if (parameters.others()) {
            Rule other = argument(Parameters.NAME, new Rule.Schema(BooleanNode.TRUE));
            Rule more = new Rule.Repetition(new Rule.Sequence(COMMA, other), 0, Parameters.MOST_OTHERS - 1);
            return new Rule.Repetition(new Rule.Sequence(other, more), 0, 1);
        }
        return new Rule.Selection(
                parameters.requiredFirst().stream()
                        .map(parameter -> new Part(argument(parameter), parameter.required()))
                        .toList(),
                COMMA);
    }

    private static Rule argument(Parameter parameter) {
        Rule value = parameter.kind() == Kind.BOOLEAN ? TaggedArguments.BOOLEAN : parameter.schema();
        return argument(new Rule.Literal(parameter.name()), value);
    }

    private static Rule argument(Rule name, Rule value) {
        return new Rule.Sequence(name, new Rule.Literal("="), value);
    }

    @Override
    public String read(StringBuilder text) {
        StringBuilder json = new StringBuilder();
        while (!text.isEmpty() && !ended && (inValue ? value(text, json) : next(text, json))) {
            // on
        }
        return json.toString();
    }

    private boolean next(StringBuilder text, StringBuilder json) {
        if (text.charAt(0) == ')') {
            json.append(begun ? "}" : "{}");
            ended = true;
            return false;
        }
        int equals = text.indexOf("=");
        if (equals < 0) {
            return false;
        }
        String name = text.substring(0, equals).replaceFirst("^, ?", "");
        text.delete(0, equals + 1);
        json.append(begun ? ", " : "{")
                .append('"')
                .append(JsonStringEncoder.getInstance().quoteAsString(name))
                .append("\": ");
        begun = true;
        inValue = true;
        valueBegun = false;
        return true;
    }

    private boolean value(StringBuilder text, StringBuilder json) {
        int length = 0;
        while (length < text.length() && !isBehind(text.charAt(length))) {
            char next = text.charAt(length++);
            add(next);
            // True and False are not JSON's, and nothing else begins with a capital
            json.append(valueBegun ? next : Character.toLowerCase(next));
            valueBegun = true;
        }
        text.delete(0, length);
        inValue = text.isEmpty();
        return !inValue;
    }

    private boolean isBehind(char next) {
        return depth == 0 && !inString && (next == ',' || next == ')');
    }

    private void add(char next) {
        if (inString) {
            inString = escaped || next != '"';
            escaped = !escaped && next == '\\';
        } else if (next == '"') {
            inString = true;
        } else if (next == '{' || next == '[') {
            depth++;
        } else if (next == '}' || next == ']') {
            depth--;
        }
    }

    @Override
    public boolean ended() {
        return ended;
    }
}
