package dev.rapid4j.chattemplate;

import dev.rapid4j.chattemplate.Value.Bool;
import dev.rapid4j.chattemplate.Value.Dict;
import dev.rapid4j.chattemplate.Value.Float;
import dev.rapid4j.chattemplate.Value.Int;
import dev.rapid4j.chattemplate.Value.None;
import dev.rapid4j.chattemplate.Value.Seq;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes a value as Python's {@code json.dumps} does. */
final class Json {
    private final TextBuilder out = new TextBuilder();
    private final Operators operators;
    private final boolean ascii;
    /** Null writes everything on one line. */
    private final Text indent;

    private final Text itemSeparator;
    private final Text keySeparator;
    private final boolean sortKeys;

    private Json(Operators operators, boolean ascii, Value indent, Value separators, boolean sortKeys) {
        this.operators = operators;
        this.ascii = ascii;
        this.sortKeys = sortKeys;
        if (TextMethods.isNone(indent)) {
            this.indent = null;
        } else {
            this.indent = indent instanceof Text text ? text : Text.SPACE.repeat(Numbers.index(indent, "indent"));
        }
        if (TextMethods.isNone(separators)) {
            itemSeparator = Text.trusted(this.indent == null ? ", " : ",");
            keySeparator = Text.trusted(": ");
        } else {
            List<Value> pair = operators.toList(separators);
            if (pair.size() != 2) {
                throw new TemplateError("tojson needs two separators");
            }
            itemSeparator = TextMethods.text("tojson", pair.get(0));
            keySeparator = TextMethods.text("tojson", pair.get(1));
        }
    }

    static Text filter(Interpreter interpreter, Value value, Args args) {
        Value[] bound = args.bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys");
        Json json = new Json(interpreter.operators(), isTrue(bound[0]), bound[1], bound[2], isTrue(bound[3]));
        interpreter.charged(value);
        json.write(value, 0);
        interpreter.budget().charge(json.out.length());
        return json.out.build();
    }

    private static boolean isTrue(Value value) {
        return value != null && Operators.isTrue(value);
    }

    private void write(Value value, int level) {
        if (value instanceof Text text) {
            string(text);
        } else if (value instanceof Seq seq && seq.kind != Seq.Kind.RANGE && seq.kind.isIndexed()) {
            array(seq, level + 1);
        } else if (value instanceof Dict dict) {
            object(dict, level + 1);
        } else {
            out.append(scalar(value), true);
        }
    }

    private static String scalar(Value value) {
        if (value instanceof None) {
            return "null";
        }
        if (value instanceof Bool bool) {
            return bool.value() ? "true" : "false";
        }
        if (value instanceof Int integer) {
            return integer.value().toString();
        }
        if (value instanceof Float number) {
            double d = number.value();
            return Double.isNaN(d) ? "NaN" : Double.isInfinite(d) ? d > 0 ? "Infinity" : "-Infinity" : Numbers.repr(d);
        }
        throw new TemplateError(Python.typeName(value) + " cannot be written as JSON");
    }

    private void array(Seq seq, int level) {
        out.append("[", true);
        boolean first = true;
        for (Value item : seq.items) {
            separate(first, level);
            first = false;
            write(item, level);
        }
        close("]", seq.items.isEmpty(), level);
    }

    private void object(Dict dict, int level) {
        out.append("{", true);
        boolean first = true;
        for (Map.Entry<Value, Value> entry : entries(dict)) {
            separate(first, level);
            first = false;
            string(entry.getKey() instanceof Text text ? text : Text.trusted(scalar(entry.getKey())));
            out.append(keySeparator);
            write(entry.getValue(), level);
        }
        close("}", dict.entries.isEmpty(), level);
    }

    private List<Map.Entry<Value, Value>> entries(Dict dict) {
        List<Map.Entry<Value, Value>> entries = new ArrayList<>(dict.entries.entrySet());
        if (sortKeys) {
            entries.sort((left, right) -> operators.compare(left.getKey(), right.getKey()));
        }
        return entries;
    }

    private void separate(boolean first, int level) {
        if (!first) {
            out.append(itemSeparator);
        }
        newLine(level);
    }

    private void close(String bracket, boolean empty, int level) {
        if (!empty) {
            newLine(level - 1);
        }
        out.append(bracket, true);
    }

    private void newLine(int level) {
        if (indent != null) {
            out.append("\n", true).append(indent.repeat(level));
        }
    }

    private void string(Text text) {
        String chars = text.chars();
        out.append("\"", true);
        int plain = 0;
        for (int i = 0; i < chars.length(); i++) {
            String escape = escape(chars.charAt(i));
            if (escape != null) {
                out.append(text, plain, i).append(escape, text.trustedAt(i));
                plain = i + 1;
            }
        }
        out.append(text, plain, chars.length()).append("\"", true);
    }

    private String escape(char c) {
        return switch (c) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\f' -> "\\f";
            case '\b' -> "\\b";
            default -> c < 0x20 || ascii && c > 0x7f ? String.format(Locale.ROOT, "\\u%04x", (int) c) : null;
        };
    }
}
