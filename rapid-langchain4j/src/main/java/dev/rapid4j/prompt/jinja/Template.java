package dev.rapid4j.prompt.jinja;

import dev.rapid4j.internal.tokenizer.TextSpan;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A parsed template; immutable, to be rendered from any number of threads. */
public final class Template {
    private static final int MAX_SOURCE = 1 << 20;

    private final List<Stmt> body;

    private Template(List<Stmt> body) {
        this.body = body;
    }

    /**
     * Parses a template.
     *
     * @throws TemplateError if it is no Jinja, uses what is not supported, or is too large
     */
    public static Template parse(String source) {
        if (source.length() > MAX_SOURCE) {
            throw new TemplateError("the template is longer than " + MAX_SOURCE + " characters");
        }
        try {
            return new Template(new Parser(Lexer.tokenize(source)).parse());
        } catch (StackOverflowError e) {
            throw new TemplateError("the template is nested too deeply");
        }
    }

    /**
     * Renders the template.
     *
     * @param variables strings, numbers, booleans, null, and collections and maps of such; only {@link Trusted} strings
     *     may become control tokens
     * @throws TemplateError if the template fails, refuses the variables, or does too much work
     */
    public List<TextSpan> render(Map<String, ?> variables, Clock clock) {
        Budget budget = new Budget();
        Map<String, Value> values = new LinkedHashMap<>();
        variables.forEach((name, value) -> values.put(name, new Conversion(budget, name).convert(value, 0)));
        return new Interpreter(budget, clock, values).render(body).spans();
    }

    /** A string that may become a control token. */
    public record Trusted(String text) {}

    private record Conversion(Budget budget, String variable) {
        private Value convert(Object value, int depth) {
            budget.charge(Budget.NODE);
            if (depth > Budget.MAX_VALUE_DEPTH) {
                throw new TemplateError("'" + variable + "' is nested over " + Budget.MAX_VALUE_DEPTH + " deep");
            }
            if (value == null) {
                return Value.NONE;
            }
            if (value instanceof String string) {
                return text(string, false);
            }
            if (value instanceof Trusted string) {
                return text(string.text(), true);
            }
            if (value instanceof Boolean bool) {
                return Value.of(bool);
            }
            if (value instanceof Number number) {
                return convert(number);
            }
            if (value instanceof Collection<?> items) {
                List<Value> list = new ArrayList<>();
                items.forEach(item -> list.add(convert(item, depth + 1)));
                return Value.list(list);
            }
            if (value instanceof Map<?, ?> map) {
                Map<Value, Value> entries = new LinkedHashMap<>();
                map.forEach((key, item) -> entries.put(text(String.valueOf(key), false), convert(item, depth + 1)));
                return new Value.Dict(entries);
            }
            throw new TemplateError(
                    "'" + variable + "' holds a " + value.getClass().getName()
                            + "; a template sees strings, numbers, booleans, null, collections and maps");
        }

        private Text text(String string, boolean trusted) {
            budget.allowFor(string.length());
            Budget.checkLength(string.length());
            return Text.of(string, trusted);
        }

        private static Value convert(Number number) {
            if (number instanceof BigInteger integer) {
                return new Value.Int(integer);
            }
            boolean real = number instanceof Double || number instanceof Float || number instanceof BigDecimal;
            return real ? new Value.Float(number.doubleValue()) : Value.of(number.longValue());
        }
    }
}
