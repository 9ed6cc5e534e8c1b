package dev.rapid4j.internal.text;

import java.util.OptionalInt;

/** Texts of strangers, character by character. */
public final class Characters {

    private Characters() {}

    /** Whether a character outside the basic plane would be cut in two. */
    public static boolean splitsPair(CharSequence text, int position) {
        return position > 0
                && position < text.length()
                && Character.isSurrogatePair(text.charAt(position - 1), text.charAt(position));
    }

    /**
     * Where half of a surrogate pair stands without the other half. It cannot be encoded; a tokenizer would replace it
     * in silence, or fail far from where it came in.
     */
    public static OptionalInt halfOfPair(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (Character.charCount(text.codePointAt(i)) == 1) {
                    return OptionalInt.of(i);
                }
                i++;
            }
        }
        return OptionalInt.empty();
    }

    /** What Python's {@code str.strip} removes; Java's own notion leaves out the no-break spaces. */
    public static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
    }

    /**
     * Whether there is anything in a text but white space, marks without a letter, and characters that cannot be seen,
     * of which an encoder may keep nothing.
     */
    public static boolean hasContent(String text) {
        return text.codePoints().anyMatch(Characters::isContent);
    }

    private static boolean isContent(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.SPACE_SEPARATOR,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.NON_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.COMBINING_SPACING_MARK -> false;
            default -> true;
        };
    }

    /** The text with halves of surrogate pairs, which no tokenizer can encode, replaced; as long as before. */
    public static String wellFormed(String text) {
        StringBuilder result = null;
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (Character.charCount(text.codePointAt(i)) == 2) {
                    i++;
                } else {
                    result = result == null ? new StringBuilder(text) : result;
                    result.setCharAt(i, '\ufffd');
                }
            }
        }
        return result == null ? text : result.toString();
    }
}
