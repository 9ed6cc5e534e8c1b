package dev.rapid4j.chattemplate;

/** Resolves the escapes of Python's string literals. */
final class StringLiteral {
    private StringLiteral() {}

    static String unescape(String literal, int line) {
        if (literal.indexOf('\\') < 0) {
            return literal;
        }
        StringBuilder out = new StringBuilder(literal.length());
        int i = 0;
        while (i < literal.length()) {
            char c = literal.charAt(i++);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escape = literal.charAt(i++);
            switch (escape) {
                case '\n' -> {}
                case '\\', '\'', '"' -> out.append(escape);
                case 'a' -> out.append('\u0007');
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'v' -> out.append('\u000b');
                case 'x' -> i = hex(literal, i, 2, line, out);
                case 'u' -> i = hex(literal, i, 4, line, out);
                case 'U' -> i = hex(literal, i, 8, line, out);
                case '0', '1', '2', '3', '4', '5', '6', '7' -> i = octal(literal, i - 1, out);
                case 'N' -> throw new TemplateError(line, "\\N{...} is not supported in a string");
                default -> out.append('\\').append(escape);
            }
        }
        return out.toString();
    }

    private static int hex(String literal, int from, int digits, int line, StringBuilder out) {
        int value = 0;
        for (int i = from; i < from + digits; i++) {
            int digit = i < literal.length() ? Character.digit(literal.charAt(i), 16) : -1;
            value = value << 4 | digit;
            if (digit < 0 || value > Character.MAX_CODE_POINT) {
                throw new TemplateError(line, "a string has a broken escape");
            }
        }
        out.appendCodePoint(value);
        return from + digits;
    }

    private static int octal(String literal, int from, StringBuilder out) {
        int value = 0;
        int i = from;
        while (i < literal.length() && i < from + 3 && literal.charAt(i) >= '0' && literal.charAt(i) <= '7') {
            value = value * 8 + literal.charAt(i++) - '0';
        }
        out.appendCodePoint(value);
        return i;
    }
}
