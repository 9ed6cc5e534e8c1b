package dev.rapid4j.prompt.jinja;

import dev.rapid4j.prompt.jinja.Value.Dict;
import dev.rapid4j.prompt.jinja.Value.Number;
import dev.rapid4j.prompt.jinja.Value.Seq;
import java.math.BigInteger;
import java.util.List;
import java.util.Locale;

/** {@code format % values}. */
final class PercentFormat {
    private final Interpreter interpreter;
    private final Text format;
    private final Value values;
    private final List<Value> positional;
    private final TextBuilder out = new TextBuilder();
    private int position;
    private int used;

    private PercentFormat(Interpreter interpreter, Text format, Value values) {
        this.interpreter = interpreter;
        this.format = format;
        this.values = values;
        this.positional = values instanceof Seq seq && seq.kind == Seq.Kind.TUPLE ? seq.items : List.of(values);
    }

    static Text format(Interpreter interpreter, Text format, Value values) {
        return new PercentFormat(interpreter, format, values).run();
    }

    private Text run() {
        String chars = format.chars();
        while (position < chars.length()) {
            int percent = chars.indexOf('%', position);
            int end = percent < 0 ? chars.length() : percent;
            out.append(format, position, end);
            position = end + 1;
            if (percent >= 0) {
                directive();
            }
        }
        boolean mapping = values instanceof Dict || values instanceof Seq seq && seq.kind != Seq.Kind.TUPLE;
        if (used < positional.size() && !mapping) {
            throw new TemplateError("not all values of a format are used");
        }
        interpreter.budget().charge((long) format.length() + out.length());
        return out.build();
    }

    private void directive() {
        Value keyed = null;
        if (peek() == '(') {
            int close = format.chars().indexOf(')', position);
            if (close < 0 || !(values instanceof Dict dict)) {
                throw new TemplateError("a format with names needs a dict");
            }
            String name = format.chars().substring(position + 1, close);
            keyed = dict.get(Text.trusted(name));
            if (keyed == null) {
                throw new TemplateError("a format names '" + name + "', which is not given");
            }
            position = close + 1;
        }
        StringBuilder flags = new StringBuilder();
        while ("-+ 0#".indexOf(peek()) >= 0) {
            flags.append(next());
        }
        int width = number();
        int precision = -1;
        if (peek() == '.') {
            next();
            precision = Math.max(0, number());
        }
        char type = next();
        if (type == '%') {
            out.append("%", format.trustedAt(position - 1));
            return;
        }
        Value value = keyed != null ? keyed : following();
        out.append(pad(convert(value, type, precision, flags.toString()), flags.toString(), width, type));
    }

    private char peek() {
        if (position >= format.length()) {
            throw new TemplateError("a format ends after '%'");
        }
        return format.chars().charAt(position);
    }

    private char next() {
        char c = peek();
        position++;
        return c;
    }

    private int number() {
        if (peek() == '*') {
            next();
            return Numbers.index(following(), "a width");
        }
        int number = -1;
        while (peek() >= '0' && peek() <= '9') {
            number = Budget.checkLength(Math.max(0, number) * 10L + next() - '0');
        }
        return number;
    }

    private Value following() {
        if (used >= positional.size()) {
            throw new TemplateError("a format needs more values");
        }
        return positional.get(used++);
    }

    private Text convert(Value value, char type, int precision, String flags) {
        return switch (type) {
            case 's' -> cut(interpreter.str(value), precision);
            case 'r', 'a' -> cut(Python.repr(interpreter.charged(value)), precision);
            case 'c' ->
                Numbers.integer(value) != null ? Text.trusted(Numbers.character(value)) : TextMethods.text("%c", value);
            case 'd', 'i', 'u' -> signed(toInteger(value), 10, precision, flags, "");
            case 'x' -> signed(toInteger(value), 16, precision, flags, flags.contains("#") ? "0x" : "");
            case 'X' ->
                TextMethods.upper(signed(toInteger(value), 16, precision, flags, flags.contains("#") ? "0X" : ""));
            case 'o' -> signed(toInteger(value), 8, precision, flags, flags.contains("#") ? "0o" : "");
            case 'f', 'e', 'g' -> real(value, type, precision, flags);
            case 'F', 'E', 'G' -> TextMethods.upper(real(value, Character.toLowerCase(type), precision, flags));
            default -> throw new TemplateError("a format does not know %" + type);
        };
    }

    private static Text cut(Text text, int precision) {
        return precision < 0 || precision >= text.codePoints() ? text : text.substring(0, text.position(precision));
    }

    private static BigInteger toInteger(Value value) {
        BigInteger integer = Numbers.integer(value);
        if (integer == null && value instanceof Value.Float number) {
            integer = Numbers.truncate(number.value()).value();
        }
        if (integer == null) {
            throw new TemplateError("a format needs a number, not " + Python.typeName(value));
        }
        return integer;
    }

    private static Text signed(BigInteger value, int radix, int precision, String flags, String prefix) {
        String digits = value.abs().toString(radix).toLowerCase(Locale.ROOT);
        String zeros = "0".repeat(Math.min(NumberFormat.MAX_PRECISION, Math.max(0, precision - digits.length())));
        return Text.trusted(sign(value.signum() < 0, flags) + prefix + zeros + digits);
    }

    private static Text real(Value value, char type, int precision, String flags) {
        if (!(value instanceof Number number)) {
            throw new TemplateError("a format needs a number, not " + Python.typeName(value));
        }
        double real = number.asDouble();
        boolean negative = real < 0 || real == 0 && 1 / real < 0;
        return Text.trusted(sign(negative, flags) + NumberFormat.format(Math.abs(real), type, precision));
    }

    private static String sign(boolean negative, String flags) {
        return negative ? "-" : flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
    }

    private static Text pad(Text text, String flags, int width, char type) {
        boolean left = flags.contains("-");
        if (flags.contains("0") && !left && "srac".indexOf(type) < 0) {
            int sign = !text.isEmpty() && "+- ".indexOf(text.chars().charAt(0)) >= 0 ? 1 : 0;
            Text zeros = Text.trusted("0").repeat((long) width - text.codePoints());
            return text.substring(0, sign).plus(zeros).plus(text.substring(sign));
        }
        return TextMethods.pad(text, width, Text.of(" ", text.isTrusted()), left ? 0 : 1, left ? 1 : 0);
    }
}
