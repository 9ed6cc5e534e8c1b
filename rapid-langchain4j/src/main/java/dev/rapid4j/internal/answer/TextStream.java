package dev.rapid4j.internal.answer;

import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.answer.TextMarkers.Marker;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns tokens into text as soon as it is certain: half a character waits for its other half, and what could begin an
 * ending waits until it is known not to. A piece of text belongs to the token that completes it.
 */
final class TextStream {

    private static final char REPLACEMENT = '\uFFFD';

    /** A token is at least a byte, so what stands before the last so many cannot become another character. */
    private static final int BYTES_OF_A_CHARACTER = 4;

    private static final int MOST_UNDECODED = 16;

    private final Function<int[], String> decoder;
    private final List<Marker> endings;
    private final Map<Marker, Pattern> atStart = new HashMap<>();
    private final Sink sink;
    private final StringBuilder emitted = new StringBuilder();
    private final StringBuilder held = new StringBuilder();
    /** Of each character of the held text. */
    private final List<TokenSource> heldSources = new ArrayList<>();

    private int[] tokens = new int[64];
    private int length;
    /** Tokens from here on are decoded together: what one looks like can depend on the one before. */
    private int window;
    /** Tokens before this one are in the text already. */
    private int decoded;

    /** Whether all that was emitted is white space. */
    private boolean blank = true;

    private Optional<Marker> ending = Optional.empty();
    /** Characters of the ending, which is the first of the held text then. */
    private int endingLength;

    /** Takes text as it becomes certain. */
    @FunctionalInterface
    interface Sink {

        /** @param source where the token comes from that completes it */
        void accept(String text, TokenSource source);
    }

    /**
     * @param decoder text of tokens
     * @param endings texts before which the text ends; none of them empty
     */
    TextStream(Function<int[], String> decoder, List<Marker> endings, Sink sink) {
        this.decoder = decoder;
        this.endings = List.copyOf(endings);
        this.endings.stream().filter(Marker::atStart).forEach(marker -> atStart.put(marker, marker.pattern()));
        this.sink = sink;
    }

    /** @return whether an ending is complete; nothing may be added then */
    boolean append(int token, TokenSource source) {
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * length);
        }
        tokens[length++] = token;
        String before = decoder.apply(Arrays.copyOfRange(tokens, window, decoded));
        String after = decoder.apply(Arrays.copyOfRange(tokens, window, length));
        // a character cut in two decodes to the replacement character
        if (after.length() > before.length() && after.charAt(after.length() - 1) != REPLACEMENT) {
            addText(after.substring(before.length()), source);
            window = decoded;
            decoded = length;
        } else if (length - decoded > MOST_UNDECODED) {
            settle(before, after, source);
        }
        return ending.isPresent();
    }

    /** As the other, of text that is known before its tokens. */
    boolean append(String text, TokenSource source) {
        addText(text, source);
        return ending.isPresent();
    }

    /** What has ended the text. */
    Optional<Marker> ending() {
        return ending;
    }

    /** The text behind what has ended it. */
    String rest() {
        return held.substring(endingLength);
    }

    /** Whether there is nothing but white space so far. */
    boolean isBlank() {
        return blank && isWhite(held.toString());
    }

    /**
     * Takes what tokens that make no whole characters, or none at all, look like as their text, so that not ever more
     * of them are decoded each time.
     */
    private void settle(String before, String after, TokenSource source) {
        int certain = length - BYTES_OF_A_CHARACTER;
        String text = decoder.apply(Arrays.copyOfRange(tokens, window, certain));
        if (text.length() >= before.length() && after.startsWith(text)) {
            addText(text.substring(before.length()), source);
            window = decoded;
            decoded = certain;
        }
    }

    /** Emits what was held back, half characters as the target's, and returns the whole text. */
    String finish() {
        if (ending.isEmpty() && decoded < length) {
            String before = decoder.apply(Arrays.copyOfRange(tokens, window, decoded));
            String after = decoder.apply(Arrays.copyOfRange(tokens, window, length));
            addText(after.substring(Math.min(before.length(), after.length())), TokenSource.TARGET);
        }
        if (ending.isEmpty()) {
            emit(held.length());
        }
        return emitted.toString();
    }

    private void addText(String text, TokenSource source) {
        heldSources.addAll(Collections.nCopies(text.length(), source));
        held.append(text);
        int first = held.length();
        for (Marker candidate : endings) {
            int at = held.indexOf(candidate.text());
            int end = at + candidate.text().length();
            if (candidate.atStart()) {
                Matcher matcher = start(candidate);
                at = matcher.lookingAt() ? matcher.regionStart() : -1;
                end = at < 0 ? 0 : matcher.end();
            }
            if (at >= 0 && at < first) {
                first = at;
                ending = Optional.of(candidate);
                endingLength = end - at;
            }
        }
        emit(ending.isPresent() ? first : held.length() - longestStart());
    }

    /** Looks for what counts only behind white space that is before all other text. */
    private Matcher start(Marker marker) {
        String text = held.toString();
        int indent = blank ? TextMarkers.indent(text) : text.length();
        return atStart.get(marker).matcher(text).region(indent, text.length());
    }

    /** Characters at the end of the held text that may begin an ending. */
    private int longestStart() {
        int longest = 0;
        for (Marker candidate : endings) {
            if (candidate.atStart()) {
                Matcher matcher = start(candidate);
                if (blank && !matcher.lookingAt() && matcher.hitEnd()) {
                    longest = Math.max(longest, held.length() - matcher.regionStart());
                }
                continue;
            }
            for (int n = Math.min(candidate.text().length() - 1, held.length()); n > longest; n--) {
                if (candidate.text().startsWith(held.substring(held.length() - n))) {
                    longest = n;
                }
            }
        }
        return longest;
    }

    private static boolean isWhite(String text) {
        return TextMarkers.indent(text) == text.length();
    }

    private void emit(int characters) {
        String text = held.substring(0, characters);
        List<TokenSource> ofText = heldSources.subList(0, characters);
        List<TokenSource> sources = List.copyOf(ofText);
        ofText.clear();
        held.delete(0, characters);
        blank &= isWhite(text);
        emitted.append(text);
        for (int start = 0, end; start < characters; start = end) {
            TokenSource source = sources.get(start);
            end = start + 1;
            while (end < characters && sources.get(end) == source) {
                end++;
            }
            sink.accept(text.substring(start, end), source);
        }
    }
}
