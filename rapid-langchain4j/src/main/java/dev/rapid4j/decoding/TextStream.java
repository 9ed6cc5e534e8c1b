package dev.rapid4j.decoding;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Turns tokens into text as soon as it is certain: half a character waits for its other half, and what could be the
 * start of a stop sequence waits until it is known not to be.
 */
final class TextStream {

    private static final char REPLACEMENT = '\uFFFD';

    private final Function<int[], String> decoder;
    private final List<String> stopSequences;
    private final Consumer<String> sink;
    private final StringBuilder emitted = new StringBuilder();
    private final StringBuilder held = new StringBuilder();
    private int[] tokens = new int[64];
    private int length;
    /** Tokens from here on are decoded together: what one looks like can depend on the one before. */
    private int window;
    /** Tokens before this one are in the text already. */
    private int decoded;

    private boolean stopped;

    TextStream(Function<int[], String> decoder, List<String> stopSequences, Consumer<String> sink) {
        this.decoder = decoder;
        this.stopSequences = stopSequences;
        this.sink = sink;
    }

    /** @return whether a stop sequence is complete; nothing may be added then */
    boolean append(int token) {
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * length);
        }
        tokens[length++] = token;
        String before = decoder.apply(Arrays.copyOfRange(tokens, window, decoded));
        String after = decoder.apply(Arrays.copyOfRange(tokens, window, length));
        // a character cut in two decodes to the replacement character
        if (after.length() > before.length() && after.charAt(after.length() - 1) != REPLACEMENT) {
            addText(after.substring(before.length()));
            window = decoded;
            decoded = length;
        }
        return stopped;
    }

    /** Emits what was held back, and returns the whole text. */
    String finish() {
        if (!stopped && decoded < length) {
            String before = decoder.apply(Arrays.copyOfRange(tokens, window, decoded));
            String after = decoder.apply(Arrays.copyOfRange(tokens, window, length));
            addText(after.substring(Math.min(before.length(), after.length())));
        }
        if (!stopped) {
            emit(held.length());
        }
        return emitted.toString();
    }

    private void addText(String text) {
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
        if (characters > 0) {
            String text = held.substring(0, characters);
            held.delete(0, characters);
            emitted.append(text);
            sink.accept(text);
        }
    }
}
