package dev.rapid4j.chattemplate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A string that remembers which of its characters are trusted. Two texts are equal if their characters are.
 *
 * <p>Positions are UTF-16 indices, except in methods that say "code point": those are what Python counts.
 */
final class Text implements Value, Comparable<Text> {
    private static final int[] UNIFORM = {};

    static final Text EMPTY = trusted("");
    static final Text SPACE = trusted(" ");

    private final String chars;
    private final boolean headTrusted;
    /** Ascending positions inside the text where trust changes. */
    private final int[] flips;

    /** Jinja's Markup, which {@code safe} and {@code escape} make: other strings are escaped when added to it. */
    private final boolean markup;

    private int codePoints = -1;

    Text(String chars, boolean headTrusted, int[] flips) {
        this(chars, headTrusted, flips, false);
    }

    private Text(String chars, boolean headTrusted, int[] flips, boolean markup) {
        this.chars = chars;
        this.headTrusted = headTrusted;
        this.flips = flips.length == 0 ? UNIFORM : flips;
        this.markup = markup;
    }

    static Text trusted(String chars) {
        return new Text(chars, true, UNIFORM);
    }

    static Text untrusted(String chars) {
        return new Text(chars, false, UNIFORM);
    }

    static Text of(String chars, boolean trusted) {
        return new Text(chars, trusted, UNIFORM);
    }

    String chars() {
        return chars;
    }

    int length() {
        return chars.length();
    }

    boolean isEmpty() {
        return chars.isEmpty();
    }

    boolean isTrusted() {
        return headTrusted && flips.length == 0;
    }

    boolean isUniform() {
        return flips.length == 0;
    }

    boolean trustedAt(int position) {
        return headTrusted ^ (flipsBefore(position) % 2 == 1);
    }

    private int flipsBefore(int position) {
        if (flips.length == 0) {
            return 0;
        }
        int found = Arrays.binarySearch(flips, position);
        return found >= 0 ? found + 1 : -found - 1;
    }

    /** Tells the consumer each run of equal trust between two positions. */
    void forEachRun(int from, int to, RunConsumer consumer) {
        int flip = flipsBefore(from);
        boolean trust = headTrusted ^ (flip % 2 == 1);
        int start = from;
        while (start < to) {
            int end = flip < flips.length ? Math.min(flips[flip], to) : to;
            consumer.accept(start, end, trust);
            start = end;
            trust = !trust;
            flip++;
        }
    }

    interface RunConsumer {
        void accept(int start, int end, boolean trusted);
    }

    Text substring(int from, int to) {
        if (from == 0 && to == chars.length()) {
            return this;
        }
        if (from >= to) {
            return EMPTY;
        }
        if (flips.length == 0) {
            return of(chars.substring(from, to), headTrusted);
        }
        int first = flipsBefore(from);
        int last = flipsBefore(to - 1);
        int[] inside = new int[last - first];
        for (int i = 0; i < inside.length; i++) {
            inside[i] = flips[first + i] - from;
        }
        return new Text(chars.substring(from, to), headTrusted ^ (first % 2 == 1), inside);
    }

    Text substring(int from) {
        return substring(from, chars.length());
    }

    Text plus(Text other) {
        if (isEmpty()) {
            return other;
        }
        return other.isEmpty()
                ? this
                : new TextBuilder().append(this).append(other).build();
    }

    boolean isMarkup() {
        return markup;
    }

    Text asMarkup() {
        return new Text(chars, headTrusted, flips, true);
    }

    Text repeat(long times) {
        if (times <= 0 || isEmpty()) {
            return EMPTY;
        }
        if (times == 1) {
            return this;
        }
        Budget.checkLength(Math.multiplyFull(chars.length(), (int) Math.min(times, Integer.MAX_VALUE)));
        if (isUniform()) {
            return of(chars.repeat((int) times), headTrusted);
        }
        TextBuilder builder = new TextBuilder();
        for (long i = 0; i < times; i++) {
            builder.append(this);
        }
        return builder.build();
    }

    /** Maps run by run where that gives the same as mapping the whole; where context matters, trust is lost. */
    Text map(UnaryOperator<String> mapping) {
        String whole = mapping.apply(chars);
        if (flips.length == 0) {
            return of(whole, headTrusted);
        }
        TextBuilder builder = new TextBuilder();
        forEachRun(
                0,
                chars.length(),
                (start, end, trust) -> builder.append(mapping.apply(chars.substring(start, end)), trust));
        Text mapped = builder.build();
        return mapped.chars.equals(whole) ? mapped : untrusted(whole);
    }

    // ---- code points -------------------------------------------------------------------------------------------

    int codePoints() {
        if (codePoints < 0) {
            codePoints = chars.codePointCount(0, chars.length());
        }
        return codePoints;
    }

    /** The position of a code point. */
    int position(int codePoint) {
        return codePoints() == chars.length() ? codePoint : chars.offsetByCodePoints(0, codePoint);
    }

    /** How many code points stand in front of a position. */
    int codePointIndex(int position) {
        return codePoints() == chars.length() ? position : chars.codePointCount(0, position);
    }

    Text characterAt(int position) {
        return substring(position, position + Character.charCount(chars.codePointAt(position)));
    }

    List<Value> characters() {
        Budget.checkItems(codePoints());
        List<Value> characters = new ArrayList<>(codePoints());
        for (int i = 0; i < chars.length(); i += Character.charCount(chars.codePointAt(i))) {
            characters.add(characterAt(i));
        }
        return characters;
    }

    // ---- the result --------------------------------------------------------------------------------------------

    List<RenderedChat.Span> spans() {
        List<RenderedChat.Span> spans = new ArrayList<>(flips.length + 1);
        forEachRun(
                0,
                chars.length(),
                (start, end, trust) -> spans.add(new RenderedChat.Span(chars.substring(start, end), trust)));
        return spans;
    }

    @Override
    public long weight() {
        return 1L + chars.length();
    }

    @Override
    public int compareTo(Text other) {
        return chars.compareTo(other.chars);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Text text && text.chars.equals(chars);
    }

    @Override
    public int hashCode() {
        return chars.hashCode();
    }

    @Override
    public String toString() {
        return chars;
    }
}
