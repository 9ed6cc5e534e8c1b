package dev.rapid4j.internal.grammar;

import dev.rapid4j.internal.grammar.Nfa.Gate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression of ECMA 262 with its {@code u} flag, as JSON Schema has them, as far as finite automata go: not
 * the ones that look around, or back at what a group was.
 */
final class Expression {

    private static final int MAX_LENGTH = 10_000;
    private static final int MAX_DEPTH = 100;

    /** Copies of parts, for repetitions. */
    private static final int MAX_PARTS = 200_000;

    private static final int UNBOUNDED = Integer.MAX_VALUE;

    private static final CodePoints DIGITS = CodePoints.of('0', '9');
    private static final CodePoints WORD = DIGITS.with('a', 'z').with('A', 'Z').with('_', '_');
    private static final CodePoints SPACES = CodePoints.of(
                    "\t\n\u000B\f\r \u00A0\u1680\u2028\u2029\u202F\u205F\u3000\uFEFF")
            .with(0x2000, 0x200A);
    private static final CodePoints NO_LINE_END =
            CodePoints.of("\n\r\u2028\u2029").complement();
    private static final String CONTROLS = "tnvfr0";
    private static final String CONTROL_CHARACTERS = "\t\n\u000B\f\r\0";
    private static final Pattern REPETITION = Pattern.compile("\\{(\\d{1,9})(,(\\d{0,9}))?}");
    private static final Pattern PROPERTY = Pattern.compile("\\{(?:(\\w+)=)?(\\w+)}");
    private static final Set<String> BINARY = Set.of(
            "Alphabetic",
            "Ideographic",
            "Lowercase",
            "Uppercase",
            "White_Space",
            "Hex_Digit",
            "Emoji",
            "Emoji_Presentation");
    private static final Set<String> CATEGORIES = Set.of("General_Category", "gc");
    private static final Set<String> SCRIPTS = Set.of("Script", "sc");

    private sealed interface Part {}

    private record Characters(CodePoints set) implements Part {}

    private record Row(List<Part> parts) implements Part {}

    private record Either(List<Part> parts) implements Part {}

    private record Repeated(Part part, int least, int most) implements Part {}

    private record Passage(Gate gate) implements Part {}

    private final String text;
    private int place;
    private int depth;
    private int built;

    private Expression(String text) {
        this.text = text;
    }

    /**
     * The texts in which an expression matches somewhere.
     *
     * @throws IllegalArgumentException if it is no regular expression, or one of those that are not supported
     * @throws TooLargeException if its automaton is
     */
    static Table anywhere(String expression, CharacterForm form) {
        Repeated anything = new Repeated(new Characters(CodePoints.ALL), 0, UNBOUNDED);
        Expression read = new Expression(expression);
        return read.table(new Row(List.of(anything, read.all(), anything)), form);
    }

    /** The texts that an expression matches from the beginning to the end. */
    static Table whole(String expression, CharacterForm form) {
        Expression read = new Expression(expression);
        return read.table(read.all(), form);
    }

    private Table table(Part part, CharacterForm form) {
        Nfa nfa = new Nfa();
        return nfa.table(build(part, nfa, form, Nfa.END));
    }

    private int build(Part part, Nfa nfa, CharacterForm form, int target) {
        if (++built > MAX_PARTS) {
            throw new TooLargeException("with its repetitions it has more than %,d parts".formatted(MAX_PARTS));
        }
        if (part instanceof Characters characters) {
            return form.read(nfa, characters.set, target);
        }
        if (part instanceof Row row) {
            int state = target;
            for (int i = row.parts.size() - 1; i >= 0; i--) {
                state = build(row.parts.get(i), nfa, form, state);
            }
            return state;
        }
        if (part instanceof Either either) {
            int state = nfa.state();
            either.parts.forEach(one -> nfa.jump(state, build(one, nfa, form, target)));
            return state;
        }
        if (part instanceof Passage passage) {
            int state = nfa.state();
            nfa.jump(state, passage.gate, target);
            return state;
        }
        Repeated repeated = (Repeated) part;
        int state = target;
        if (repeated.most == UNBOUNDED) {
            int loop = nfa.state();
            nfa.jump(loop, target);
            nfa.jump(loop, build(repeated.part, nfa, form, loop));
            state = loop;
        } else {
            for (int i = repeated.least; i < repeated.most; i++) {
                int optional = nfa.state();
                nfa.jump(optional, target);
                nfa.jump(optional, build(repeated.part, nfa, form, state));
                state = optional;
            }
        }
        for (int i = 0; i < repeated.least; i++) {
            state = build(repeated.part, nfa, form, state);
        }
        return state;
    }

    private Part all() {
        if (text.length() > MAX_LENGTH) {
            throw new TooLargeException("it has more than %,d characters".formatted(MAX_LENGTH));
        }
        Part part = either();
        if (place < text.length()) {
            throw wrong("there is a ) too many");
        }
        return part;
    }

    private Part either() {
        if (++depth > MAX_DEPTH) {
            throw new TooLargeException("its groups are nested more than %d deep".formatted(MAX_DEPTH));
        }
        List<Part> parts = new ArrayList<>();
        do {
            parts.add(row());
        } while (take("|"));
        depth--;
        return parts.size() == 1 ? parts.get(0) : new Either(parts);
    }

    private Part row() {
        List<Part> parts = new ArrayList<>();
        while (place < text.length() && text.charAt(place) != '|' && text.charAt(place) != ')') {
            parts.add(repeated());
        }
        return parts.size() == 1 ? parts.get(0) : new Row(parts);
    }

    private Part repeated() {
        Part part = one();
        int least;
        int most = UNBOUNDED;
        Matcher counted = REPETITION.matcher(text).region(place, text.length());
        if (take("*")) {
            least = 0;
        } else if (take("+")) {
            least = 1;
        } else if (take("?")) {
            least = 0;
            most = 1;
        } else if (counted.lookingAt()) {
            place = counted.end();
            least = Integer.parseInt(counted.group(1));
            if (counted.group(2) == null) {
                most = least;
            } else if (!counted.group(3).isEmpty()) {
                most = Integer.parseInt(counted.group(3));
            }
            if (most < least) {
                throw wrong("its repetition goes from %d to %d".formatted(least, most));
            }
        } else {
            return part;
        }
        if (part instanceof Passage) {
            throw wrong("^ and $ cannot be repeated");
        }
        // few or many, the texts are the same
        take("?");
        return new Repeated(part, least, most);
    }

    private Part one() {
        int c = text.codePointAt(place);
        place += Character.charCount(c);
        return switch (c) {
            case '^' -> new Passage(Gate.AT_BEGINNING);
            case '$' -> new Passage(Gate.AT_END);
            case '.' -> new Characters(NO_LINE_END);
            case '[' -> new Characters(set());
            case '(' -> group();
            case '\\' -> new Characters(escaped(false));
            case '*', '+', '?' -> throw wrong("there is nothing to repeat before %c".formatted(c));
            default -> {
                if (c <= Character.MAX_VALUE && Character.isSurrogate((char) c)) {
                    throw wrong("it has half a surrogate pair");
                }
                yield new Characters(CodePoints.of(c));
            }
        };
    }

    private Part group() {
        if (take("?")) {
            if (!take(":")) {
                Matcher name =
                        Pattern.compile("<[A-Za-z_$][\\w$]*>").matcher(text).region(place, text.length());
                if (!name.lookingAt()) {
                    throw wrong("(?%s is not supported: there are groups (…), (?:…) and (?<name>…)"
                            .formatted(place < text.length() ? text.substring(place, place + 1) : ""));
                }
                place = name.end();
            }
        }
        Part part = either();
        if (!take(")")) {
            throw wrong("a ) is missing");
        }
        return part;
    }

    private CodePoints set() {
        boolean inverse = take("^");
        CodePoints set = CodePoints.NONE;
        while (!take("]")) {
            int from = place;
            CodePoints one = member();
            if (place + 1 < text.length() && text.charAt(place) == '-' && text.charAt(place + 1) != ']') {
                place++;
                CodePoints other = member();
                if (isSingle(one) && isSingle(other)) {
                    int first = one.ranges().get(0).first();
                    int last = other.ranges().get(0).first();
                    if (first > last) {
                        throw wrong("%s is in the wrong order".formatted(text.substring(from, place)));
                    }
                    one = CodePoints.ALL.intersection(CodePoints.of(first, last));
                } else {
                    one = one.union(other).union(CodePoints.of('-'));
                }
            }
            set = set.union(one);
        }
        return inverse ? set.complement() : set;
    }

    private static boolean isSingle(CodePoints set) {
        return set.ranges().size() == 1
                && set.ranges().get(0).first() == set.ranges().get(0).last();
    }

    private CodePoints member() {
        if (place == text.length()) {
            throw wrong("a ] is missing");
        }
        int c = text.codePointAt(place);
        place += Character.charCount(c);
        return c == '\\' ? escaped(true) : CodePoints.of(c);
    }

    private CodePoints escaped(boolean inSet) {
        if (place == text.length()) {
            throw wrong("it ends with a \\");
        }
        int c = text.codePointAt(place);
        place += Character.charCount(c);
        int control = CONTROLS.indexOf(c);
        if (control >= 0 && !(c == '0' && place < text.length() && Character.isDigit(text.charAt(place)))) {
            return CodePoints.of(CONTROL_CHARACTERS.charAt(control));
        }
        return switch (c) {
            case 'd' -> DIGITS;
            case 'D' -> DIGITS.complement();
            case 'w' -> WORD;
            case 'W' -> WORD.complement();
            case 's' -> SPACES;
            case 'S' -> SPACES.complement();
            case 'p' -> property();
            case 'P' -> property().complement();
            case 'x' -> CodePoints.of(hexadecimal(2));
            case 'u' -> CodePoints.of(codePoint());
            case 'c' -> {
                if (place == text.length() || !isLetter(text.charAt(place))) {
                    throw wrong("\\c needs a letter behind it");
                }
                yield CodePoints.of(text.charAt(place++) % 32);
            }
            default -> {
                if (c == 'b' && inSet) {
                    yield CodePoints.of('\b');
                }
                if (isLetter(c) || Character.isDigit(c)) {
                    throw wrong("\\%c is not supported".formatted(c));
                }
                yield CodePoints.of(c);
            }
        };
    }

    private static boolean isLetter(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
    }

    private int codePoint() {
        if (take("{")) {
            int end = text.indexOf('}', place);
            int length = end - place;
            if (length < 1 || length > 6) {
                throw wrong("\\u{…} needs one to six hexadecimal digits");
            }
            int c = hexadecimal(length);
            place++;
            return whole(c);
        }
        int c = hexadecimal(4);
        if (Character.isHighSurrogate((char) c) && take("\\u")) {
            int low = hexadecimal(4);
            if (!Character.isLowSurrogate((char) low)) {
                throw wrong("it has half a surrogate pair");
            }
            return Character.toCodePoint((char) c, (char) low);
        }
        return whole(c);
    }

    private int whole(int c) {
        if (c > Character.MAX_CODE_POINT || c <= Character.MAX_VALUE && Character.isSurrogate((char) c)) {
            throw wrong("%04X is no character".formatted(c));
        }
        return c;
    }

    private int hexadecimal(int digits) {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = place < text.length() ? Character.digit(text.charAt(place), 16) : -1;
            if (digit < 0 || text.charAt(place) > 'f') {
                throw wrong("a hexadecimal digit is missing");
            }
            value = 16 * value + digit;
            place++;
        }
        return value;
    }

    private CodePoints property() {
        Matcher property = PROPERTY.matcher(text).region(place, text.length());
        if (property.lookingAt()) {
            place = property.end();
            String name = property.group(1);
            String value = property.group(2);
            String java = null;
            if (name == null && BINARY.contains(value)) {
                java = "Is" + value;
            } else if (name == null ? value.length() <= 2 : CATEGORIES.contains(name)) {
                java = "general_category=" + value;
            } else if (name != null && SCRIPTS.contains(name)) {
                java = "script=" + value.toUpperCase(Locale.ROOT);
            }
            if (java != null) {
                try {
                    Pattern members = Pattern.compile("\\p{" + java + "}");
                    return CodePoints.where(
                            c -> members.matcher(Character.toString(c)).matches());
                } catch (PatternSyntaxException e) {
                    throw wrong("Java does not know the property %s".formatted(property.group()));
                }
            }
        }
        throw wrong("\\p is supported with a category of one or two letters, with Script=…, and with "
                + BINARY.stream().sorted().toList());
    }

    private boolean take(String expected) {
        boolean there = text.startsWith(expected, place);
        place += there ? expected.length() : 0;
        return there;
    }

    private IllegalArgumentException wrong(String why) {
        return new IllegalArgumentException("%s (at character %d)".formatted(why, place));
    }
}
