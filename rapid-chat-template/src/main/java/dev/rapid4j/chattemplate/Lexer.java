package dev.rapid4j.chattemplate;

import dev.rapid4j.chattemplate.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Jinja2's lexer with {@code trim_blocks} and {@code lstrip_blocks}, as transformers sets it up. */
final class Lexer {
    private static final List<String> OPERATORS = List.of(
            "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<",
            "=", ".", ":", "|", ",", ";");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int position;
    private int line = 1;
    /** Whether what was read last ended with a line break. */
    private boolean atLineStart = true;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> tokenize(String template) {
        String source = template.replace("\r\n", "\n").replace('\r', '\n');
        // Jinja drops one line break at the end of a template
        Lexer lexer = new Lexer(source.endsWith("\n") ? source.substring(0, source.length() - 1) : source);
        lexer.readAll();
        return lexer.tokens;
    }

    private void readAll() {
        while (position < source.length()) {
            int tag = nextTag();
            if (tag < 0) {
                add(Kind.DATA, source.substring(position));
                moveTo(source.length());
            } else {
                readTag(tag);
            }
        }
        add(Kind.END, "");
    }

    private int nextTag() {
        for (int i = source.indexOf('{', position); i >= 0; i = source.indexOf('{', i + 1)) {
            if (source.startsWith("{%", i) || source.startsWith("{{", i) || source.startsWith("{#", i)) {
                return i;
            }
        }
        return -1;
    }

    private void readTag(int tag) {
        char kind = source.charAt(tag + 1);
        char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
        boolean signed = sign == '-' || sign == '+';
        addData(source.substring(position, tag), sign, kind != '{');
        int body = tag + (signed ? 3 : 2);
        int raw = kind == '%' ? afterKeyword(body, "raw") : -1;
        if (raw >= 0 && (source.startsWith("%}", raw) || source.startsWith("-%}", raw))) {
            moveTo(source.startsWith("-%}", raw) ? Python.skipSpace(source, raw + 3) : raw + 2);
            readRaw();
        } else if (kind == '#') {
            moveTo(body);
            readComment();
        } else {
            add(kind == '%' ? Kind.BLOCK_BEGIN : Kind.VARIABLE_BEGIN, source.substring(tag, body));
            moveTo(body);
            readCode(kind == '%' ? "%}" : "}}", kind == '%' ? Kind.BLOCK_END : Kind.VARIABLE_END);
        }
    }

    /** The position after a keyword between optional white space, or -1. */
    private int afterKeyword(int from, String keyword) {
        int start = Python.skipSpace(source, from);
        return source.startsWith(keyword, start) ? Python.skipSpace(source, start + keyword.length()) : -1;
    }

    private void addData(String data, char sign, boolean ownLine) {
        int end = data.length();
        if (sign == '-') {
            end = Python.skipSpaceBack(data, end);
        } else if (sign != '+' && ownLine) {
            int lineStart = data.lastIndexOf('\n') + 1;
            if ((lineStart > 0 || atLineStart) && Python.skipSpace(data, lineStart) == data.length()) {
                end = lineStart;
            }
        }
        if (end > 0) {
            add(Kind.DATA, data.substring(0, end));
        }
    }

    private void readRaw() {
        for (int i = source.indexOf("{%", position); i >= 0; i = source.indexOf("{%", i + 1)) {
            char sign = i + 2 < source.length() ? source.charAt(i + 2) : ' ';
            int end = afterKeyword(sign == '-' || sign == '+' ? i + 3 : i + 2, "endraw");
            boolean signed = end >= 0 && (source.startsWith("-", end) || source.startsWith("+", end));
            int close = signed ? end + 1 : end;
            if (end >= 0 && source.startsWith("%}", close)) {
                addData(source.substring(position, i), sign, true);
                moveTo(afterClose(end, close));
                return;
            }
        }
        throw new TemplateError(line, "{% raw %} is not closed");
    }

    private void readComment() {
        int close = source.indexOf("#}", position);
        if (close >= 0) {
            boolean signed = close > position && "+-".indexOf(source.charAt(close - 1)) >= 0;
            moveTo(afterClose(signed ? close - 1 : close, close));
        } else if (position < source.length()) {
            throw new TemplateError(line, "a comment is not closed");
        }
    }

    /**
     * The position after a closing tag whose sign, if any, is at {@code end}: '-' takes all white space, no sign one
     * line break.
     */
    private int afterClose(int end, int close) {
        int after = close + 2;
        if (end == close) {
            return source.startsWith("\n", after) ? after + 1 : after;
        }
        return source.charAt(end) == '-' ? Python.skipSpace(source, after) : after;
    }

    private void readCode(String close, Kind closeKind) {
        Deque<Character> open = new ArrayDeque<>();
        while (position < source.length()) {
            int end = open.isEmpty() ? closing(close) : -1;
            if (end >= 0) {
                add(closeKind, close);
                boolean block = closeKind == Kind.BLOCK_END;
                int tag = source.startsWith(close, position) ? position : position + 1;
                moveTo(block || tag > position ? afterClose(position, tag) : tag + 2);
                return;
            }
            char c = source.charAt(position);
            if (Python.isSpace(c)) {
                moveTo(Python.skipSpace(source, position));
            } else if (c >= '0' && c <= '9') {
                readNumber();
            } else if (isWord(source.codePointAt(position))) {
                readName();
            } else if (c == '"' || c == '\'') {
                readString(c);
            } else {
                readOperator(open);
            }
        }
    }

    private int closing(String close) {
        if (source.startsWith(close, position)) {
            return position;
        }
        boolean signed = source.startsWith("-", position) || close.equals("%}") && source.startsWith("+", position);
        return signed && source.startsWith(close, position + 1) ? position : -1;
    }

    private static boolean isWord(int c) {
        return Character.isLetterOrDigit(c) || c == '_' || Character.getType(c) == Character.NON_SPACING_MARK;
    }

    private void readName() {
        int end = position;
        while (end < source.length() && isWord(source.codePointAt(end))) {
            end += Character.charCount(source.codePointAt(end));
        }
        String name = source.substring(position, end);
        if (!Character.isUnicodeIdentifierStart(name.codePointAt(0)) && name.charAt(0) != '_') {
            throw new TemplateError(line, "'" + name + "' is not a name");
        }
        add(Kind.NAME, name);
        moveTo(end);
    }

    private void readNumber() {
        int digits = digits(position, 10);
        boolean afterDot = position > 0 && source.charAt(position - 1) == '.';
        int end = afterDot ? -1 : floatEnd(digits);
        if (end >= 0) {
            add(Kind.FLOAT, source.substring(position, end).replace("_", ""));
        } else {
            end = integerEnd(digits);
            add(Kind.INTEGER, source.substring(position, end).replace("_", ""));
        }
        moveTo(end);
    }

    private int floatEnd(int digits) {
        int end = digits;
        if (source.startsWith(".", end) && digits(end + 1, 10) > end + 1) {
            end = digits(end + 1, 10);
        }
        int exponent = end;
        if (exponent < source.length() && "eE".indexOf(source.charAt(exponent)) >= 0) {
            exponent++;
            if (exponent < source.length() && "+-".indexOf(source.charAt(exponent)) >= 0) {
                exponent++;
            }
            if (digits(exponent, 10) > exponent) {
                return digits(exponent, 10);
            }
        }
        return end > digits ? end : -1;
    }

    private int integerEnd(int digits) {
        if (source.charAt(position) != '0') {
            return digits;
        }
        char letter = position + 1 < source.length() ? Character.toLowerCase(source.charAt(position + 1)) : ' ';
        int radix = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
        if (radix > 0) {
            int from = source.startsWith("_", position + 2) ? position + 3 : position + 2;
            if (digits(from, radix) > from) {
                return digits(from, radix);
            }
        }
        int end = position + 1;
        while (source.startsWith("0", end) || source.startsWith("_0", end)) {
            end += source.charAt(end) == '_' ? 2 : 1;
        }
        return end;
    }

    /** The end of digits that single underscores may separate. */
    private int digits(int from, int radix) {
        int i = from;
        while (i < source.length()) {
            boolean separator = source.charAt(i) == '_' && i > from && i + 1 < source.length();
            int digit = separator ? i + 1 : i;
            if (source.charAt(digit) > 'f' || Character.digit(source.charAt(digit), radix) < 0) {
                return i;
            }
            i = digit + 1;
        }
        return i;
    }

    private void readString(char quote) {
        int end = position + 1;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw new TemplateError(line, "a string is not closed");
        }
        add(Kind.STRING, StringLiteral.unescape(source.substring(position + 1, end), line));
        moveTo(end + 1);
    }

    private void readOperator(Deque<Character> open) {
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, position)) {
                balance(operator.charAt(0), open);
                add(Kind.OPERATOR, operator);
                moveTo(position + operator.length());
                return;
            }
        }
        throw new TemplateError(
                line, "unexpected character '" + Character.toString(source.codePointAt(position)) + "'");
    }

    private void balance(char c, Deque<Character> open) {
        switch (c) {
            case '(' -> open.push(')');
            case '[' -> open.push(']');
            case '{' -> open.push('}');
            case ')', ']', '}' -> {
                if (open.isEmpty() || open.pop() != c) {
                    throw new TemplateError(line, "unexpected '" + c + "'");
                }
            }
            default -> {}
        }
    }

    private void add(Kind kind, String text) {
        tokens.add(new Token(kind, text, line));
    }

    private void moveTo(int next) {
        for (int i = position; i < next; i++) {
            line += source.charAt(i) == '\n' ? 1 : 0;
        }
        atLineStart = next > 0 && source.charAt(next - 1) == '\n';
        position = next;
    }
}
