package dev.rapid4j.internal.answer;

import dev.rapid4j.TokenSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/**
 * Turns tokens into text as soon as it is certain: half a character waits for its other half, and what could be the
 * start of a stop sequence waits until it is known not to be. A piece of text belongs to the token that completes it.
 */
public final class TextStream {

    private static final char REPLACEMENT = '\uFFFD';

    /** A token is at least a byte, so what stands before the last so many cannot become another character. */
    private static final int BYTES_OF_A_CHARACTER = 4;

    private static final int MOST_UNDECODED = 16;

    private final Function<int[], String> decoder;
    private final List<String> stopSequences;
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

    private boolean stopped;

    /** Takes text as it becomes certain. */
    @FunctionalInterface
    public interface Sink {

        /** @param source where the token comes from that completes it */
        void accept(String text, TokenSource source);
    }

    /**
     * @param decoder text of tokens
     * @param stopSequences texts before which the text ends; none of them empty
     */
    public TextStream(Function<int[], String> decoder, List<String> stopSequences, Sink sink) {
        this.decoder = decoder;
        this.stopSequences = stopSequences;
        this.sink = sink;
    }

    /** @return whether a stop sequence is complete; nothing may be added then */
    public boolean append(int token, TokenSource source) {
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
        return stopped;
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
    public String finish() {
        if (!stopped && decoded < length) {
            String before = decoder.apply(Arrays.copyOfRange(tokens, window, decoded));
            String after = decoder.apply(Arrays.copyOfRange(tokens, window, length));
            addText(after.substring(Math.min(before.length(), after.length())), TokenSource.TARGET);
        }
        if (!stopped) {
            emit(held.length());
        }
        return emitted.toString();
    }

    private void addText(String text, TokenSource source) {
        heldSources.addAll(Collections.nCopies(text.length(), source));
        held.append(text);
        int first = -1;
        for (String stop : stopSequences) {
            int at = held.indexOf(stop);
            if (at >= 0 && (first < 0 || at < first)) {
                first = at;
            }
        }
        if (first >= 0) {
            stopped = true;
            emit(first);
        } else {
            emit(held.length() - longestStart());
        }
    }

    /** Characters at the end of the held text that may begin a stop sequence. */
    private int longestStart() {
        int longest = 0;
        for (String stop : stopSequences) {
            for (int n = Math.min(stop.length() - 1, held.length()); n > longest; n--) {
                if (stop.startsWith(held.substring(held.length() - n))) {
                    longest = n;
                }
            }
        }
        return longest;
    }

    private void emit(int characters) {
        String text = held.substring(0, characters);
        List<TokenSource> ofText = heldSources.subList(0, characters);
        List<TokenSource> sources = List.copyOf(ofText);
        ofText.clear();
        held.delete(0, characters);
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
