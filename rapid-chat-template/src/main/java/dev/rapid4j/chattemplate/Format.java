package dev.rapid4j.chattemplate;

import dev.rapid4j.chattemplate.Value.Dict;
import dev.rapid4j.chattemplate.Value.Number;
import dev.rapid4j.chattemplate.Value.Seq;
import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's two ways of writing values into a text: {@code format % values} and {@code format.format(values)}. */
final class Format {
    private static final Pattern DIRECTIVE = Pattern.compile(
            "%(?:\\((?<name>[^)]*+)\\))?(?<flags>[-+ 0#]*+)(?<width>[0-9]{1,6})?"
                    + "(?<point>\\.(?<precision>[0-9]{1,4})?)?(?<type>.)",
            Pattern.DOTALL);
    private static final Pattern SPECIFICATION = Pattern.compile(
            "(?:(?<fill>.)?(?<align>[<>=^]))?(?<sign>[-+ ])?(?<prefix>#)?(?<zero>0)?(?<width>[0-9]{1,6})?"
                    + "(?<group>[,_])?(?:\\.(?<precision>[0-9]{1,4}))?(?<type>[bdeEfFgGosxX%])?",
            Pattern.DOTALL);
    private static final Pattern STEP = Pattern.compile("\\.(?<attribute>[^.\\[]+)|\\[(?<item>[^\\]]+)\\]");

    private final Interpreter interpreter;
    private final Text format;
    private final List<Value> positional;
    private final TextBuilder out = new TextBuilder();
    private int used;
    private boolean counts;
    private boolean indexes;

    private Format(Interpreter interpreter, Text format, List<Value> positional) {
        this.interpreter = interpreter;
        this.format = format;
        this.positional = positional;
    }

    /** Gives the result of {@code format % values}. */
    static Text percent(Interpreter interpreter, Text format, Value values) {
        boolean tuple = values instanceof Seq seq && seq.kind == Seq.Kind.TUPLE;
        Format run = new Format(interpreter, format, tuple ? ((Seq) values).items : List.of(values));
        run.directives(values);
        if (run.used < run.positional.size() && (tuple || !(values instanceof Seq || values instanceof Dict))) {
            throw new TemplateError("not all values of a format are used");
        }
        return run.result();
    }

    /** Gives the result of {@code format.format(args)}. */
    static Text braces(Interpreter interpreter, Text format, Args args) {
        Format run = new Format(interpreter, format, args.positional());
        run.fields(args);
        return run.result();
    }

    private Text result() {
        interpreter.budget().charge((long) format.length() + out.length());
        return out.build();
    }

    private Value following() {
        if (used >= positional.size()) {
            throw new TemplateError("a format needs more values");
        }
        return positional.get(used++);
    }

    // ---- format % values ---------------------------------------------------------------------------------------

    private void directives(Value values) {
        String chars = format.chars();
        Matcher directive = DIRECTIVE.matcher(chars);
        int done = 0;
        for (int percent = chars.indexOf('%'); percent >= 0; percent = chars.indexOf('%', done)) {
            out.append(format, done, percent);
            if (!directive.region(percent, chars.length()).lookingAt()) {
                throw new TemplateError("a format ends after '%'");
            }
            done = directive.end();
            char type = directive.group("type").charAt(0);
            if (directive.group().equals("%%")) {
                out.append("%", format.trustedAt(percent));
            } else {
                String name = directive.group("name");
                out.append(directive(directive, type, name == null ? following() : named(name, values)));
            }
        }
        out.append(format, done, chars.length());
    }

    private static Value named(String name, Value values) {
        if (!(values instanceof Dict dict)) {
            throw new TemplateError("a format with names needs a dict");
        }
        Value value = dict.get(Text.trusted(name));
        if (value == null) {
            throw new TemplateError("a format names '" + name + "', which is not given");
        }
        return value;
    }

    private Text directive(Matcher directive, char type, Value value) {
        String flags = directive.group("flags");
        boolean left = flags.contains("-");
        boolean zeros = flags.contains("0") && !left && "src".indexOf(type) < 0;
        Specification specification = new Specification(
                zeros ? "0" : " ",
                left ? '<' : zeros ? '=' : '>',
                flags.contains("+") ? "+" : flags.contains(" ") ? " " : "",
                flags.contains("#"),
                integer(directive.group("width"), 0),
                "",
                // a point alone stands for 0
                integer(directive.group("precision"), directive.group("point") == null ? -1 : 0),
                type == 'i' ? 'd' : type);
        return switch (type) {
            case 's' -> string(specification, interpreter.str(value));
            case 'r' -> string(specification, Python.repr(interpreter.charged(value)));
            case 'c' -> string(specification, TextMethods.text("%c", value));
            case 'd', 'i' ->
                number(
                        specification,
                        value instanceof Value.Float real ? Numbers.truncate(real.value()) : numberOf(value));
            case 'x', 'X', 'o', 'f', 'F', 'e', 'E', 'g', 'G' -> number(specification, numberOf(value));
            default -> throw new TemplateError("a format does not know %" + type);
        };
    }

    private static Number numberOf(Value value) {
        if (value instanceof Number number) {
            return number;
        }
        throw new TemplateError("a format needs a number, not " + Python.typeName(value));
    }

    // ---- format.format(values) ---------------------------------------------------------------------------------

    private void fields(Args args) {
        String chars = format.chars();
        int position = 0;
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
                out.append(field(chars.substring(position + 1, close), args));
                if (counts && indexes) {
                    throw new TemplateError("a format has both '{}' and '{0}'");
                }
                position = close + 1;
            }
        }
    }

    /** The text for a field, which reads {@code path!conversion:specification}. */
    private Text field(String field, Args args) {
        int colon = field.indexOf(':');
        String name = colon < 0 ? field : field.substring(0, colon);
        int bang = name.indexOf('!');
        Value value = lookup(bang < 0 ? name : name.substring(0, bang), args);
        String conversion = bang < 0 ? "" : name.substring(bang + 1);
        value = switch (conversion) {
            case "" -> value;
            case "s" -> interpreter.str(value);
            case "r" -> Python.repr(interpreter.charged(value));
            default -> throw new TemplateError("a format does not know !" + conversion);
        };
        return colon < 0 || colon == field.length() - 1
                ? interpreter.str(value)
                : specified(field.substring(colon + 1), value);
    }

    private Value lookup(String path, Args args) {
        int end = 0;
        while (end < path.length() && ".[".indexOf(path.charAt(end)) < 0) {
            end++;
        }
        Value value = first(path.substring(0, end), args);
        Matcher step = STEP.matcher(path);
        while (end < path.length()) {
            if (!step.region(end, path.length()).lookingAt()) {
                throw new TemplateError("a format does not know '{" + path + "}'");
            }
            end = step.end();
            if (step.group("attribute") != null) {
                value = interpreter.operators().attribute(value, step.group("attribute"));
            } else {
                Value index = Numbers.parseInteger(step.group("item"), 10);
                value = interpreter.operators().item(value, index != null ? index : Text.trusted(step.group("item")));
            }
        }
        return value;
    }

    private Value first(String name, Args args) {
        if (name.isEmpty()) {
            counts = true;
            return following();
        }
        Value number = Numbers.parseInteger(name, 10);
        if (number == null) {
            Value value = args.named().get(Text.trusted(name));
            if (value == null) {
                throw new TemplateError("a format names '" + name + "', which is not given");
            }
            return value;
        }
        indexes = true;
        int index = Numbers.index(number, "a position");
        if (index < 0 || index >= positional.size()) {
            throw new TemplateError("a format needs more values");
        }
        return positional.get(index);
    }

    private Text specified(String text, Value value) {
        Matcher parts = SPECIFICATION.matcher(text);
        if (!parts.matches()) {
            throw new TemplateError("a format does not know '" + text + "'");
        }
        char type = parts.group("type") == null ? ' ' : parts.group("type").charAt(0);
        boolean numeric = value instanceof Number;
        boolean zero = parts.group("zero") != null;
        String sign = parts.group("sign");
        Specification specification = new Specification(
                parts.group("fill") != null ? parts.group("fill") : zero ? "0" : " ",
                parts.group("align") != null
                        ? parts.group("align").charAt(0)
                        : zero && numeric ? '=' : numeric ? '>' : '<',
                sign == null || sign.equals("-") ? "" : sign,
                parts.group("prefix") != null,
                integer(parts.group("width"), 0),
                parts.group("group") == null ? "" : parts.group("group"),
                integer(parts.group("precision"), -1),
                type);
        if (numeric) {
            return number(specification, (Number) value);
        }
        if (type != ' ' && type != 's' || !(value instanceof Text string)) {
            throw new TemplateError("a format cannot print " + Python.typeName(value) + " this way");
        }
        return string(specification, string);
    }

    private static int integer(String digits, int absent) {
        return digits == null ? absent : Integer.parseInt(digits);
    }

    // ---- what both share ---------------------------------------------------------------------------------------

    /**
     * How one value is to be printed.
     *
     * @param align {@code <}, {@code >}, {@code ^}, or {@code =} for padding between sign and digits
     * @param sign what stands before a number that is not negative
     * @param prefixed whether {@code 0x} and the like are written
     * @param separator what groups of three digits are separated by
     * @param precision -1 if not given
     * @param type as Python's documentation of formats has it; a space if not given
     */
    private record Specification(
            String fill,
            char align,
            String sign,
            boolean prefixed,
            int width,
            String separator,
            int precision,
            char type) {}

    private Text string(Specification specification, Text text) {
        int precision = specification.precision();
        boolean cut = precision >= 0 && precision < text.codePoints();
        return padded(specification, Text.EMPTY, cut ? text.substring(0, text.position(precision)) : text);
    }

    private Text number(Specification specification, Number number) {
        BigInteger integer = Numbers.integer(number);
        double real = number.asDouble();
        char type = specification.type();
        boolean whole = integer != null && "bdoxX ".indexOf(type) >= 0;
        if (whole && specification.precision() >= 0) {
            throw new TemplateError("a format cannot print an integer with a precision");
        }
        boolean negative = whole ? integer.signum() < 0 : real < 0 || real == 0 && 1 / real < 0;
        String prefix =
                whole && specification.prefixed() && "box".indexOf(Character.toLowerCase(type)) >= 0 ? "0" + type : "";
        String digits = whole ? digits(integer.abs(), type) : digits(Math.abs(real), type, specification.precision());
        return padded(
                specification,
                Text.trusted((negative ? "-" : specification.sign()) + prefix),
                Text.trusted(grouped(digits, specification.separator())));
    }

    private Text padded(Specification specification, Text head, Text body) {
        int missing = Math.max(0, specification.width() - head.codePoints() - body.codePoints());
        int before = switch (specification.align()) {
            case '<' -> 0;
            case '^' -> missing / 2;
            default -> missing;
        };
        Text fill = Text.of(specification.fill(), format.isTrusted() && body.isTrusted());
        Text padding = fill.repeat(before);
        return (specification.align() == '=' ? head.plus(padding) : padding.plus(head))
                .plus(body)
                .plus(fill.repeat(missing - before));
    }

    private static String digits(BigInteger value, char type) {
        return switch (type) {
            case 'b' -> value.toString(2);
            case 'o' -> value.toString(8);
            case 'x' -> value.toString(16);
            case 'X' -> value.toString(16).toUpperCase(Locale.ROOT);
            default -> value.toString();
        };
    }

    private static String digits(double value, char type, int precision) {
        return switch (type) {
            case '%' -> Numbers.format(value * 100, 'f', precision) + "%";
            case 'e', 'f', 'g' -> Numbers.format(value, type, precision);
            case 'E', 'F', 'G' ->
                Numbers.format(value, Character.toLowerCase(type), precision).toUpperCase(Locale.ROOT);
            case ' ' -> precision < 0 ? Numbers.repr(value) : Numbers.format(value, 'g', precision);
            default -> throw new TemplateError("a format cannot print a number as " + type);
        };
    }

    private static String grouped(String digits, String separator) {
        int end = 0;
        while (!separator.isEmpty() && end < digits.length() && Character.isDigit(digits.charAt(end))) {
            end++;
        }
        StringBuilder grouped = new StringBuilder(digits);
        for (int i = end - 3; i > 0; i -= 3) {
            grouped.insert(i, separator);
        }
        return grouped.toString();
    }
}
