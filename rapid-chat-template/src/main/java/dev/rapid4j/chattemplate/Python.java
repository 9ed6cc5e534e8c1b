package dev.rapid4j.chattemplate;

import dev.rapid4j.chattemplate.Value.Bool;
import dev.rapid4j.chattemplate.Value.Dict;
import dev.rapid4j.chattemplate.Value.Float;
import dev.rapid4j.chattemplate.Value.Int;
import dev.rapid4j.chattemplate.Value.Namespace;
import dev.rapid4j.chattemplate.Value.None;
import dev.rapid4j.chattemplate.Value.Seq;
import dev.rapid4j.chattemplate.Value.Undefined;
import java.util.Locale;
import java.util.Map;

/** How Python prints values, and what it takes for white space. */
final class Python {
    private Python() {}

    // ---- str() and repr() --------------------------------------------------------------------------------------

    static Text str(Value value) {
        if (value instanceof Text text) {
            return text;
        }
        if (value instanceof Undefined) {
            return Text.EMPTY;
        }
        return repr(value);
    }

    static Text repr(Value value) {
        TextBuilder out = new TextBuilder();
        repr(value, out, 0);
        return out.build();
    }

    private static void repr(Value value, TextBuilder out, int depth) {
        if (depth > Budget.MAX_VALUE_DEPTH) {
            throw new TemplateError("a value nested too deeply cannot be printed");
        }
        if (value instanceof Text text) {
            quote(text, out);
        } else if (value instanceof Seq seq) {
            seq(seq, out, depth + 1);
        } else if (value instanceof Dict dict) {
            entries(dict.entries, out, depth + 1);
        } else if (value instanceof Namespace namespace) {
            out.append("<Namespace ", true);
            entries(Dict.ofNames(namespace.attributes).entries, out, depth + 1);
            out.append(">", true);
        } else {
            out.append(scalar(value), true);
        }
    }

    private static String scalar(Value value) {
        if (value instanceof None) {
            return "None";
        }
        if (value instanceof Bool bool) {
            return bool.value() ? "True" : "False";
        }
        if (value instanceof Int integer) {
            return integer.value().toString();
        }
        if (value instanceof Float number) {
            return Numbers.repr(number.value());
        }
        return value instanceof Undefined ? "Undefined" : "<" + typeName(value) + ">";
    }

    private static void seq(Seq seq, TextBuilder out, int depth) {
        if (seq.label != null) {
            out.append(seq.label, true);
            return;
        }
        String open = switch (seq.kind) {
            case TUPLE -> "(";
            case KEYS -> "dict_keys([";
            case VALUES -> "dict_values([";
            case ITEMS -> "dict_items([";
            default -> "[";
        };
        String close = switch (seq.kind) {
            case TUPLE -> seq.size() == 1 ? ",)" : ")";
            case KEYS, VALUES, ITEMS -> "])";
            default -> "]";
        };
        out.append(open, true);
        String separator = "";
        for (Value item : seq.items) {
            out.append(separator, true);
            repr(item, out, depth);
            separator = ", ";
        }
        out.append(close, true);
    }

    private static void entries(Map<Value, Value> entries, TextBuilder out, int depth) {
        out.append("{", true);
        String separator = "";
        for (Map.Entry<Value, Value> entry : entries.entrySet()) {
            out.append(separator, true);
            repr(entry.getKey(), out, depth);
            out.append(": ", true);
            repr(entry.getValue(), out, depth);
            separator = ", ";
        }
        out.append("}", true);
    }

    private static void quote(Text text, TextBuilder out) {
        String chars = text.chars();
        String quote = chars.indexOf('\'') >= 0 && chars.indexOf('"') < 0 ? "\"" : "'";
        out.append(quote, true);
        int plain = 0;
        int next;
        for (int i = 0; i < chars.length(); i = next) {
            int c = chars.codePointAt(i);
            next = i + Character.charCount(c);
            String escape = escape(c, quote.charAt(0));
            if (escape != null) {
                out.append(text, plain, i).append(escape, text.trustedAt(i));
                plain = next;
            }
        }
        out.append(text, plain, chars.length()).append(quote, true);
    }

    private static String escape(int c, char quote) {
        if (c == quote || c == '\\') {
            return "\\" + (char) c;
        }
        if (c == '\n') {
            return "\\n";
        }
        if (c == '\r') {
            return "\\r";
        }
        if (c == '\t') {
            return "\\t";
        }
        if (isPrintable(c)) {
            return null;
        }
        return String.format(Locale.ROOT, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
    }

    private static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> true;
        };
    }

    static String typeName(Value value) {
        if (value instanceof Text) {
            return "str";
        }
        if (value instanceof Int) {
            return "int";
        }
        if (value instanceof Float) {
            return "float";
        }
        if (value instanceof Bool) {
            return "bool";
        }
        if (value instanceof None) {
            return "None";
        }
        if (value instanceof Seq seq) {
            return seq.kind.name().toLowerCase(Locale.ROOT);
        }
        if (value instanceof Dict) {
            return "dict";
        }
        if (value instanceof Namespace) {
            return "namespace";
        }
        if (value instanceof Undefined) {
            return "undefined";
        }
        return value instanceof Value.Generator ? "generator" : "function";
    }

    // ---- white space -------------------------------------------------------------------------------------------

    static boolean isSpace(int c) {
        return c == ' '
                || c >= 0x09 && c <= 0x0d
                || c >= 0x1c && c <= 0x1f
                || c == 0x85
                || c > 0x85 && Character.getType(c) == Character.SPACE_SEPARATOR
                || c == 0x2028
                || c == 0x2029;
    }

    static boolean isLineBreak(char c) {
        return c >= 0x0a && c <= 0x0d || c >= 0x1c && c <= 0x1e || c == 0x85 || c == 0x2028 || c == 0x2029;
    }

    static int skipSpace(String text, int from) {
        int i = from;
        while (i < text.length() && isSpace(text.charAt(i))) {
            i++;
        }
        return i;
    }

    static int skipSpaceBack(String text, int to) {
        int i = to;
        while (i > 0 && isSpace(text.charAt(i - 1))) {
            i--;
        }
        return i;
    }

    static String strip(String text) {
        int from = skipSpace(text, 0);
        return text.substring(from, Math.max(from, skipSpaceBack(text, text.length())));
    }
}
