package dev.rapid4j.chattemplate;

import dev.rapid4j.chattemplate.Value.None;
import dev.rapid4j.chattemplate.Value.Seq;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;

/** The methods of Python's strings by name, as far as templates use them. */
final class TextMethods {
    interface Body {
        Value call(Interpreter interpreter, Text self, Args args);
    }

    static final Map<String, Body> ALL = new HashMap<>();

    static {
        ALL.put("strip", (interpreter, self, args) -> strip(self, args.bind("strip", 0, "chars")[0], true, true));
        ALL.put("lstrip", (interpreter, self, args) -> strip(self, args.bind("lstrip", 0, "chars")[0], true, false));
        ALL.put("rstrip", (interpreter, self, args) -> strip(self, args.bind("rstrip", 0, "chars")[0], false, true));
        ALL.put("split", (interpreter, self, args) -> split(interpreter, self, args, false));
        ALL.put("rsplit", (interpreter, self, args) -> split(interpreter, self, args, true));
        ALL.put("splitlines", (interpreter, self, args) -> {
            Value keep = args.bind("splitlines", 0, "keepends")[0];
            return Value.list(lines(self, keep != null && Operators.isTrue(keep)));
        });
        ALL.put("partition", (interpreter, self, args) -> partition(self, args, false));
        ALL.put("rpartition", (interpreter, self, args) -> partition(self, args, true));
        ALL.put("startswith", (interpreter, self, args) -> hasEnd(interpreter, self, args, "startswith", true));
        ALL.put("endswith", (interpreter, self, args) -> hasEnd(interpreter, self, args, "endswith", false));
        ALL.put("removeprefix", (interpreter, self, args) -> {
            String prefix = text("removeprefix", args.bind("removeprefix", 1, "prefix")[0])
                    .chars();
            return self.chars().startsWith(prefix) ? self.substring(prefix.length()) : self;
        });
        ALL.put("removesuffix", (interpreter, self, args) -> {
            String suffix = text("removesuffix", args.bind("removesuffix", 1, "suffix")[0])
                    .chars();
            return self.chars().endsWith(suffix) ? self.substring(0, self.length() - suffix.length()) : self;
        });
        ALL.put("replace", (interpreter, self, args) -> {
            Value[] bound = args.bind("replace", 2, "old", "new", "count");
            Text replaced = replace(self, text("replace", bound[0]), text("replace", bound[1]), bound[2]);
            interpreter.budget().charge(replaced.length());
            return replaced;
        });
        ALL.put("find", (interpreter, self, args) -> find(interpreter, self, args, "find", false));
        ALL.put("rfind", (interpreter, self, args) -> find(interpreter, self, args, "rfind", true));
        ALL.put("index", (interpreter, self, args) -> found(find(interpreter, self, args, "index", false)));
        ALL.put("count", (interpreter, self, args) -> count(self, text("count", args.bind("count", 1, "sub")[0])));
        ALL.put("upper", (interpreter, self, args) -> upper(self));
        ALL.put("lower", (interpreter, self, args) -> lower(self));
        ALL.put("capitalize", (interpreter, self, args) -> capitalize(self));
        ALL.put("title", (interpreter, self, args) -> title(self));
        ALL.put("join", (interpreter, self, args) -> join(interpreter, self, args.bind("join", 1, "items")[0], false));
        ALL.put("format", (interpreter, self, args) -> Format.braces(interpreter, self, args));
        ALL.put("zfill", (interpreter, self, args) -> zeroFill(self, args));
        ALL.put("ljust", (interpreter, self, args) -> justify(self, args, "ljust", 0, 1));
        ALL.put("rjust", (interpreter, self, args) -> justify(self, args, "rjust", 1, 0));
        ALL.put("center", (interpreter, self, args) -> justify(self, args, "center", 1, 1));
        ALL.put("isspace", (interpreter, self, args) -> all(self, Python::isSpace));
        ALL.put("isalpha", (interpreter, self, args) -> all(self, Character::isLetter));
        ALL.put("isalnum", (interpreter, self, args) -> all(self, c -> Character.isLetter(c) || isNumeric(c)));
        ALL.put("isdigit", (interpreter, self, args) -> all(self, TextMethods::isDigit));
        ALL.put("isdecimal", (interpreter, self, args) -> all(self, Character::isDigit));
        ALL.put("isnumeric", (interpreter, self, args) -> all(self, TextMethods::isNumeric));
        ALL.put("islower", (interpreter, self, args) -> Value.of(Tests.isCased(self.chars(), Character::isLowerCase)));
        ALL.put("isupper", (interpreter, self, args) -> Value.of(Tests.isCased(self.chars(), Character::isUpperCase)));
    }

    private TextMethods() {}

    static Text text(String method, Value value) {
        if (value instanceof Text text) {
            return text;
        }
        throw new TemplateError(method + "() needs a string, not " + Python.typeName(value));
    }

    static boolean isNone(Value value) {
        return value == null || value instanceof None;
    }

    private static Value all(Text text, IntPredicate predicate) {
        return Value.of(!text.isEmpty() && text.chars().codePoints().allMatch(predicate));
    }

    private static boolean isDigit(int c) {
        return Character.isDigit(c)
                || c == 0xb2
                || c == 0xb3
                || c == 0xb9
                || c >= 0x2070 && c <= 0x2089 && isNumeric(c);
    }

    private static boolean isNumeric(int c) {
        int type = Character.getType(c);
        return type == Character.DECIMAL_DIGIT_NUMBER
                || type == Character.LETTER_NUMBER
                || type == Character.OTHER_NUMBER;
    }

    // ---- stripping and splitting -------------------------------------------------------------------------------

    static Text strip(Text text, Value chars, boolean left, boolean right) {
        String string = text.chars();
        String set = isNone(chars) ? null : text("strip", chars).chars();
        IntPredicate drop = set == null ? Python::isSpace : c -> set.indexOf(c) >= 0;
        int from = 0;
        int to = string.length();
        while (left && from < to && drop.test(string.codePointAt(from))) {
            from += Character.charCount(string.codePointAt(from));
        }
        while (right && to > from && drop.test(string.codePointBefore(to))) {
            to -= Character.charCount(string.codePointBefore(to));
        }
        return text.substring(from, to);
    }

    private static Value split(Interpreter interpreter, Text text, Args args, boolean fromRight) {
        Value[] bound = args.bind("split", 0, "sep", "maxsplit");
        int limit = isNone(bound[1]) ? -1 : Numbers.index(bound[1], "maxsplit");
        int most = limit < 0 ? Integer.MAX_VALUE : limit;
        List<Text> parts;
        if (isNone(bound[0])) {
            parts = fromRight ? splitSpaceFromRight(text, most) : splitSpace(text, most);
        } else {
            Text separator = text("split", bound[0]);
            if (separator.isEmpty()) {
                throw new TemplateError("split() needs a separator that is not empty");
            }
            interpreter.budget().charge(fromRight ? (long) text.length() * separator.length() / 16 : 0);
            parts = fromRight ? splitFromRight(text, separator.chars(), most) : split(text, separator.chars(), most);
        }
        interpreter.budget().charge((long) Budget.NODE * parts.size());
        return Value.list(parts);
    }

    private static void add(List<Text> parts, Text part) {
        Budget.checkItems(parts.size());
        parts.add(part);
    }

    private static List<Text> split(Text text, String separator, int most) {
        List<Text> parts = new ArrayList<>();
        int from = 0;
        int found = Search.indexOf(text.chars(), separator, 0);
        while (found >= 0 && parts.size() < most) {
            add(parts, text.substring(from, found));
            from = found + separator.length();
            found = Search.indexOf(text.chars(), separator, from);
        }
        parts.add(text.substring(from));
        return parts;
    }

    private static List<Text> splitFromRight(Text text, String separator, int most) {
        List<Text> parts = new ArrayList<>();
        int to = text.length();
        int found = text.chars().lastIndexOf(separator);
        while (found >= 0 && parts.size() < most) {
            add(parts, text.substring(found + separator.length(), to));
            to = found;
            found = found < separator.length() ? -1 : text.chars().lastIndexOf(separator, found - separator.length());
        }
        parts.add(text.substring(0, to));
        Collections.reverse(parts);
        return parts;
    }

    private static List<Text> splitSpace(Text text, int most) {
        List<Text> parts = new ArrayList<>();
        String chars = text.chars();
        int from = Python.skipSpace(chars, 0);
        while (from < chars.length()) {
            int to = from;
            while (to < chars.length() && !Python.isSpace(chars.charAt(to))) {
                to++;
            }
            if (parts.size() == most) {
                parts.add(text.substring(from));
                return parts;
            }
            add(parts, text.substring(from, to));
            from = Python.skipSpace(chars, to);
        }
        return parts;
    }

    private static List<Text> splitSpaceFromRight(Text text, int most) {
        List<Text> parts = new ArrayList<>();
        String chars = text.chars();
        int to = Python.skipSpaceBack(chars, chars.length());
        while (to > 0) {
            int from = to;
            while (from > 0 && !Python.isSpace(chars.charAt(from - 1))) {
                from--;
            }
            if (parts.size() == most) {
                from = 0;
            }
            add(parts, text.substring(from, to));
            to = parts.size() > most ? 0 : Python.skipSpaceBack(chars, from);
        }
        Collections.reverse(parts);
        return parts;
    }

    static List<Text> lines(Text text, boolean keepEnds) {
        List<Text> lines = new ArrayList<>();
        String chars = text.chars();
        int from = 0;
        for (int i = 0; i < chars.length(); i++) {
            if (Python.isLineBreak(chars.charAt(i))) {
                int next = chars.startsWith("\r\n", i) ? i + 2 : i + 1;
                add(lines, text.substring(from, keepEnds ? next : i));
                from = next;
                i = next - 1;
            }
        }
        if (from < chars.length()) {
            lines.add(text.substring(from));
        }
        return lines;
    }

    private static Value partition(Text text, Args args, boolean fromRight) {
        Text separator = text("partition", args.bind("partition", 1, "sep")[0]);
        if (separator.isEmpty()) {
            throw new TemplateError("partition() needs a separator that is not empty");
        }
        List<Text> parts = fromRight ? splitFromRight(text, separator.chars(), 1) : split(text, separator.chars(), 1);
        if (parts.size() == 2) {
            return Value.tuple(List.of(parts.get(0), separator, parts.get(1)));
        }
        return Value.tuple(fromRight ? List.of(Text.EMPTY, Text.EMPTY, text) : List.of(text, Text.EMPTY, Text.EMPTY));
    }

    // ---- searching ---------------------------------------------------------------------------------------------

    private static Value hasEnd(Interpreter interpreter, Text text, Args args, String method, boolean start) {
        Value[] bound = args.bind(method, 1, "fix", "start", "end");
        Text part = part(interpreter, text, bound[1], bound[2]);
        List<Value> candidates =
                bound[0] instanceof Seq seq && seq.kind == Seq.Kind.TUPLE ? seq.items : List.of(bound[0]);
        for (Value candidate : candidates) {
            String fix = text(method, candidate).chars();
            if (start ? part.chars().startsWith(fix) : part.chars().endsWith(fix)) {
                return Value.TRUE;
            }
        }
        return Value.FALSE;
    }

    private static Text part(Interpreter interpreter, Text text, Value start, Value end) {
        return (Text) interpreter
                .operators()
                .slice(text, start == null ? Value.NONE : start, end == null ? Value.NONE : end, Value.NONE);
    }

    private static Value find(Interpreter interpreter, Text text, Args args, String method, boolean last) {
        Value[] bound = args.bind(method, 1, "sub", "start", "end");
        String wanted = text(method, bound[0]).chars();
        interpreter.budget().charge(last ? (long) text.length() * wanted.length() / 16 : 0);
        Text part = part(interpreter, text, bound[1], bound[2]);
        int found = last ? part.chars().lastIndexOf(wanted) : Search.indexOf(part.chars(), wanted, 0);
        if (found < 0) {
            return Value.of(-1);
        }
        int start = isNone(bound[1]) ? 0 : Numbers.index(bound[1], "start");
        int skipped = start < 0 ? Math.max(0, start + text.codePoints()) : start;
        return Value.of((long) skipped + part.codePointIndex(found));
    }

    private static Value found(Value position) {
        if (position.equals(Value.of(-1))) {
            throw new TemplateError("index() does not find the string");
        }
        return position;
    }

    private static Value count(Text text, Text part) {
        if (part.isEmpty()) {
            return Value.of(text.codePoints() + 1L);
        }
        long count = 0;
        int found = Search.indexOf(text.chars(), part.chars(), 0);
        while (found >= 0) {
            count++;
            found = Search.indexOf(text.chars(), part.chars(), found + part.length());
        }
        return Value.of(count);
    }

    static Text replace(Text text, Text old, Text replacement, Value count) {
        int limit = isNone(count) ? -1 : Numbers.index(count, "count");
        int left = limit < 0 ? Integer.MAX_VALUE : limit;
        String chars = text.chars();
        TextBuilder out = new TextBuilder();
        int from = 0;
        int found = Search.indexOf(chars, old.chars(), 0);
        while (found >= 0 && left-- > 0) {
            out.append(text, from, found).append(replacement);
            from = found + old.length();
            int next = from;
            if (old.isEmpty()) {
                if (found == chars.length()) {
                    break;
                }
                next = found + Character.charCount(chars.codePointAt(found));
            }
            found = Search.indexOf(chars, old.chars(), next);
        }
        return from == 0 && out.length() == 0
                ? text
                : out.append(text, from, chars.length()).build();
    }

    // ---- case --------------------------------------------------------------------------------------------------

    static Text upper(Text text) {
        return text.map(string -> string.toUpperCase(Locale.ROOT));
    }

    static Text lower(Text text) {
        return text.map(string -> string.toLowerCase(Locale.ROOT));
    }

    static Text capitalize(Text text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = Character.charCount(text.chars().codePointAt(0));
        return titleCase(text.substring(0, first)).plus(lower(text.substring(first)));
    }

    private static Text titleCase(Text character) {
        return character.map(string -> {
            String upper = string.toUpperCase(Locale.ROOT);
            int first = Character.charCount(upper.codePointAt(0));
            return upper.length() > first
                    ? upper.substring(0, first) + upper.substring(first).toLowerCase(Locale.ROOT)
                    : Character.toString(Character.toTitleCase(string.codePointAt(0)));
        });
    }

    /** Python's {@code title()}: a letter is a capital after anything that has no case, and small elsewhere. */
    private static Text title(Text text) {
        TextBuilder out = new TextBuilder();
        boolean inWord = false;
        int next;
        for (int i = 0; i < text.length(); i = next) {
            int c = text.chars().codePointAt(i);
            next = i + Character.charCount(c);
            Text character = text.substring(i, next);
            boolean cased = Character.isLowerCase(c) || Character.isUpperCase(c) || Character.isTitleCase(c);
            out.append(!cased ? character : inWord ? lower(character) : titleCase(character));
            inWord = cased;
        }
        return out.build();
    }

    // ---- joining and padding -----------------------------------------------------------------------------------

    /**
     * @param converts whether items that are no strings are printed, as the filter does, or refused, as the method does
     */
    static Text join(Interpreter interpreter, Text separator, Value items, boolean converts) {
        TextBuilder out = new TextBuilder();
        boolean first = true;
        for (Iterator<Value> iterator = interpreter.operators().iterate(items); iterator.hasNext(); ) {
            Value item = iterator.next();
            if (!first) {
                out.append(separator);
            }
            first = false;
            interpreter.budget().charge(1L + separator.length());
            out.append(converts ? interpreter.str(item) : text("join", item));
        }
        interpreter.budget().charge(out.length());
        return out.build();
    }

    private static Text zeroFill(Text text, Args args) {
        int width = Numbers.index(args.bind("zfill", 1, "width")[0], "the width");
        boolean signed = text.chars().startsWith("-") || text.chars().startsWith("+");
        Text zeros = Text.of("0", text.isTrusted()).repeat((long) width - text.codePoints());
        int sign = signed ? 1 : 0;
        return text.substring(0, sign).plus(zeros).plus(text.substring(sign));
    }

    private static Text justify(Text text, Args args, String method, int before, int after) {
        Value[] bound = args.bind(method, 1, "width", "fill");
        int width = Numbers.index(bound[0], "the width");
        Text fill = bound[1] == null ? Text.of(" ", text.isTrusted()) : text(method, bound[1]);
        if (fill.codePoints() != 1) {
            throw new TemplateError(method + "() fills with one character");
        }
        return pad(text, width, fill, before, after);
    }

    /** Pads on the sides that are not 0; with both, an odd character goes where Python's {@code center()} puts it. */
    static Text pad(Text text, int width, Text fill, int before, int after) {
        int missing = Math.max(0, width - text.codePoints());
        int left = before == 0 ? 0 : after == 0 ? missing : missing / 2 + (missing & width & 1);
        return fill.repeat(left).plus(text).plus(fill.repeat((long) missing - left));
    }
}
