package dev.rapid4j.internal.text;

import java.util.Objects;

/**
 * A part of a text that is not copied out of it, as long texts have millions of characters.
 *
 * @param start its first character in the text
 * @param end the character after its last one
 */
public record Excerpt(String text, int start, int end) implements CharSequence {

    /** @throws IndexOutOfBoundsException if the text has no such part */
    public Excerpt {
        Objects.checkFromToIndex(start, end, text.length());
    }

    /** All of a text. */
    public static Excerpt of(String text) {
        return new Excerpt(text, 0, text.length());
    }

    @Override
    public int length() {
        return end - start;
    }

    @Override
    public char charAt(int index) {
        return text.charAt(start + Objects.checkIndex(index, length()));
    }

    @Override
    public Excerpt subSequence(int from, int to) {
        Objects.checkFromToIndex(from, to, length());
        return new Excerpt(text, start + from, start + to);
    }

    /** The part without white space at its beginning and end, as Python's {@code str.strip} has it. */
    public Excerpt stripped() {
        int first = start;
        int last = end;
        while (first < last && Characters.isSpace(text.charAt(first))) {
            first++;
        }
        while (last > first && Characters.isSpace(text.charAt(last - 1))) {
            last--;
        }
        return new Excerpt(text, first, last);
    }

    /** Whether another text stands at a place in this one. */
    public boolean startsWith(String other, int place) {
        return place >= 0 && place <= length() - other.length() && text.startsWith(other, start + place);
    }

    /** As {@link String#isBlank()}. */
    public boolean isBlank() {
        return codePoints().allMatch(Character::isWhitespace);
    }

    /** As {@link String#hashCode()}. */
    public int contentHash() {
        return chars().reduce(0, (hash, c) -> 31 * hash + c);
    }

    /** A copy, unless this is the whole text. */
    @Override
    public String toString() {
        return text.substring(start, end);
    }
}
