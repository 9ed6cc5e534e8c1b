package dev.rapid4j.prompt.jinja;

import dev.rapid4j.prompt.jinja.Value.Float;
import dev.rapid4j.prompt.jinja.Value.Number;
import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code format.format(values)}. */
final class BraceFormat {
    private static final Pattern SPEC = Pattern.compile(
            "(?:(?<fill>.)?(?<align>[<>=^]))?(?<sign>[-+ ])?(?<alt>#)?(?<zero>0)?(?<width>[0-9]{1,6})?(?<group>[,_])?"
                    + "(?:\\.(?<precision>[0-9]{1,4}))?(?<type>[bcdeEfFgGnosxX%])?",
            Pattern.DOTALL);

    private final Interpreter interpreter;
    private final Text format;
    private final Args args;
    private final TextBuilder out = new TextBuilder();
    private int position;
    private int used;

    private BraceFormat(Interpreter interpreter, Text format, Args args) {
        this.interpreter = interpreter;
        this.format = format;
        this.args = args;
    }

    static Text format(Interpreter interpreter, Text format, Args args) {
        return new BraceFormat(interpreter, format, args).run();
    }

    private Text run() {
        String chars = format.chars();
        while (position < chars.length()) {
            char c = chars.charAt(position);
            boolean doubled = position + 1 < chars.length() && chars.charAt(position + 1) == c;
            if (c != '{' && c != '}' || doubled) {
                out.append(format, position, position + 1);
                position += c == '{' || c == '}' ? 2 : 1;
            } else if (c == '}') {
                throw new TemplateError("a format has a single '}'");
            } else {
                int close = chars.indexOf('}', position);
                if (close < 0) {
                    throw new TemplateError("a format has a '{' that is not closed");
                }
                field(chars.substring(position + 1, close));
                position = close + 1;
            }
        }
        interpreter.budget().charge((long) format.length() + out.length());
        return out.build();
    }

    private void field(String field) {
        int colon = field.indexOf(':');
        String spec = colon < 0 ? "" : field.substring(colon + 1);
        String name = colon < 0 ? field : field.substring(0, colon);
        int bang = name.indexOf('!');
        String conversion = bang < 0 ? "" : name.substring(bang + 1);
        Value value = lookup(bang < 0 ? name : name.substring(0, bang));
        switch (conversion) {
            case "" -> {}
            case "s" -> value = interpreter.str(value);
            case "r", "a" -> value = Python.repr(interpreter.charged(value));
            default -> throw new TemplateError("a format does not know !" + conversion);
        }
        out.append(spec.isEmpty() ? interpreter.str(value) : apply(spec, value));
    }

    private Value lookup(String path) {
        int end = 0;
        while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
            end++;
        }
        Value value = first(path.substring(0, end));
        while (end < path.length()) {
            boolean item = path.charAt(end) == '[';
            int start = end + 1;
            end = start;
            while (end < path.length() && (item ? path.charAt(end) != ']' : ".[".indexOf(path.charAt(end)) < 0)) {
                end++;
            }
            String name = path.substring(start, end);
            Value index = Numbers.parseInteger(name, 10);
            value = item
                    ? interpreter.operators().item(value, index != null ? index : Text.trusted(name))
                    : interpreter.operators().attribute(value, name);
            end += item ? 1 : 0;
        }
        return value;
    }

    private Value first(String name) {
        Value number = name.isEmpty() ? Value.of(used++) : Numbers.parseInteger(name, 10);
        if (number != null) {
            int index = Numbers.index(number, "a position");
            if (index < 0 || index >= args.positional().size()) {
                throw new TemplateError("a format needs more values");
            }
            return args.positional().get(index);
        }
        Value value = args.named().get(name);
        if (value == null) {
            throw new TemplateError("a format names '" + name + "', which is not given");
        }
        return value;
    }

    private Text apply(String spec, Value value) {
        Matcher parts = SPEC.matcher(spec);
        if (!parts.matches()) {
            throw new TemplateError("a format does not know '" + spec + "'");
        }
        int width = parts.group("width") == null ? 0 : Integer.parseInt(parts.group("width"));
        int precision = parts.group("precision") == null ? -1 : Integer.parseInt(parts.group("precision"));
        char type = parts.group("type") == null ? ' ' : parts.group("type").charAt(0);
        boolean numeric = value instanceof Number && !(value instanceof Value.Bool && type == ' ') && type != 's';
        Text text = numeric ? number((Number) value, parts, type, precision) : string(value, type, precision);
        boolean zero = parts.group("zero") != null;
        String align =
                parts.group("align") != null ? parts.group("align") : zero && numeric ? "=" : numeric ? ">" : "<";
        String fill = parts.group("fill") != null ? parts.group("fill") : zero ? "0" : " ";
        Text padding = Text.of(fill, format.isTrusted() && text.isTrusted());
        if (align.equals("=")) {
            int sign = !text.isEmpty() && "+- ".indexOf(text.chars().charAt(0)) >= 0 ? 1 : 0;
            return text.substring(0, sign)
                    .plus(padding.repeat((long) width - text.codePoints()))
                    .plus(text.substring(sign));
        }
        if (align.equals("^")) {
            int missing = Math.max(0, width - text.codePoints());
            return padding.repeat(missing / 2).plus(text).plus(padding.repeat(missing - missing / 2));
        }
        return TextMethods.pad(text, width, padding, align.equals(">") ? 1 : 0, align.equals(">") ? 0 : 1);
    }

    private Text string(Value value, char type, int precision) {
        if (type != ' ' && type != 's' || !(value instanceof Text || value instanceof Value.Bool)) {
            throw new TemplateError("a format cannot print " + Python.typeName(value) + " this way");
        }
        Text text = interpreter.str(value);
        return precision < 0 || precision >= text.codePoints() ? text : text.substring(0, text.position(precision));
    }

    private static Text number(Number number, Matcher parts, char type, int precision) {
        BigInteger integer = Numbers.integer(number);
        boolean negative = integer != null ? integer.signum() < 0 : number.asDouble() < 0;
        String digits = integer != null && "bcdnoxX ".indexOf(type) >= 0
                ? integer(integer.abs(), type, parts.group("alt") != null)
                : real(Math.abs(number.asDouble()), type, precision);
        String separator = parts.group("group");
        String sign = parts.group("sign");
        return Text.trusted((negative ? "-" : sign == null || sign.equals("-") ? "" : sign)
                + (separator == null ? digits : group(digits, separator)));
    }

    private static String integer(BigInteger value, char type, boolean prefixed) {
        return switch (type) {
            case 'b' -> (prefixed ? "0b" : "") + value.toString(2);
            case 'o' -> (prefixed ? "0o" : "") + value.toString(8);
            case 'x' -> (prefixed ? "0x" : "") + value.toString(16);
            case 'X' -> (prefixed ? "0X" : "") + value.toString(16).toUpperCase(Locale.ROOT);
            case 'c' -> Numbers.character(new Value.Int(value));
            default -> value.toString();
        };
    }

    private static String real(double value, char type, int precision) {
        return switch (type) {
            case '%' -> NumberFormat.format(value * 100, 'f', precision) + "%";
            case 'e', 'f', 'g' -> NumberFormat.format(value, type, precision);
            case 'E', 'F', 'G' ->
                NumberFormat.format(value, Character.toLowerCase(type), precision)
                        .toUpperCase(Locale.ROOT);
            case 'n' -> NumberFormat.format(value, 'g', precision);
            case ' ' -> precision < 0 ? Numbers.repr(value) : NumberFormat.format(value, 'g', precision);
            default ->
                throw new TemplateError("a format cannot print " + Python.typeName(new Float(value)) + " as " + type);
        };
    }

    private static String group(String digits, String separator) {
        int end = 0;
        while (end < digits.length() && Character.isDigit(digits.charAt(end))) {
            end++;
        }
        StringBuilder grouped = new StringBuilder(digits);
        for (int i = end - 3; i > 0; i -= 3) {
            grouped.insert(i, separator);
        }
        return grouped.toString();
    }
}
