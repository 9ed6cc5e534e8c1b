package dev.rapid4j.internal.answer;

import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.answer.TextMarkers.Marker;
import dev.rapid4j.internal.answer.TextMarkers.Seen;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * Turns tokens into text as soon as it is certain: half a character waits for its other half, and what could begin an
 * ending waits until it is known not to. A piece of text belongs to the token that completes it.
 *
 * <p>Of two kinds of endings, markers begin something else, of which a stop sequence may be a part: it waits until
 * nothing that began before it, or where it does, can become a marker.
 */
final class TextStream {

    private static final char REPLACEMENT = '\uFFFD';

    /** A token is at least a byte, so what stands before the last so many cannot become another character. */
    private static final int BYTES_OF_A_CHARACTER = 4;

    private static final int MOST_UNDECODED = 16;

    private final Function<int[], String> decoder;
    private final List<String> stopSequences;
    private final List<Marker> markers;
    private final TextMarkers stopSearch;
    private final TextMarkers markerSearch;
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

    private Seen seenStops = TextMarkers.BEGINNING;
    private Seen seenMarkers = TextMarkers.BEGINNING;
    /** Characters looked at. */
    private int searched;

    private int indent;
    private Optional<Ending> waiting = Optional.empty();
    private Optional<Ending> ending = Optional.empty();

    /**
     * What ends the text.
     *
     * @param marker empty: a stop sequence
     * @param start place in the text
     */
    private record Ending(Optional<Marker> marker, int start, int end) {}

    /** Takes text as it becomes certain. */
    @FunctionalInterface
    interface Sink {

        /** @param source where the token comes from that completes it */
        void accept(String text, TokenSource source);
    }

    /**
     * @param decoder text of tokens
     * @param stopSequences texts before which the text ends; none of them empty
     * @param markers of something else, before which it ends, too
     */
    TextStream(Function<int[], String> decoder, List<String> stopSequences, List<Marker> markers, Sink sink) {
        this.decoder = decoder;
        this.stopSequences = List.copyOf(stopSequences);
        this.markers = List.copyOf(markers);
        this.stopSearch = new TextMarkers(
                stopSequences.stream().map(stop -> new Marker(stop, false)).toList());
        this.markerSearch = new TextMarkers(markers);
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

    /** The marker that has ended the text; empty if a stop sequence has, or nothing. */
    Optional<Marker> marker() {
        return ending.flatMap(Ending::marker);
    }

    /** Whether a stop sequence has ended the text. */
    boolean isStopped() {
        return ending.isPresent() && marker().isEmpty();
    }

    /** The text behind what has ended it. */
    String rest() {
        return held.substring(ending.orElseThrow().end() - emitted.length());
    }

    /** Whether there is nothing but white space so far. */
    boolean isBlank() {
        return seenMarkers.blank();
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
            decoded = length;
            addText(after.substring(Math.min(before.length(), after.length())), TokenSource.TARGET);
        }
        if (ending.isEmpty() && waiting.isPresent()) {
            end(waiting.get());
        } else if (ending.isEmpty()) {
            emit(held.length());
        }
        return emitted.toString();
    }

    private void addText(String text, TokenSource source) {
        heldSources.addAll(Collections.nCopies(text.length(), source));
        held.append(text);
        for (int i = 0; i < text.length() && ending.isEmpty(); i++) {
            search(text.charAt(i));
        }
        if (ending.isEmpty()) {
            int first = Math.min(seenStops.begun(searched, indent), seenMarkers.begun(searched, indent));
            emit(Math.min(first, waiting.map(Ending::start).orElse(first)) - emitted.length());
        }
    }

    private void search(char next) {
        seenStops = stopSearch.after(seenStops, next);
        seenMarkers = markerSearch.after(seenMarkers, next);
        searched++;
        indent = seenMarkers.blank() ? searched : indent;
        if (waiting.isEmpty()) {
            OptionalInt stop = stopSearch.complete(seenStops);
            if (stop.isPresent()) {
                int length = stopSequences.get(stop.getAsInt()).length();
                waiting = Optional.of(new Ending(Optional.empty(), searched - length, searched));
            }
        }
        OptionalInt found = markerSearch.complete(seenMarkers);
        if (found.isPresent()) {
            Marker marker = markers.get(found.getAsInt());
            int start = marker.atStart() ? indent : searched - marker.text().length();
            end(waiting.filter(stop -> stop.start() < start)
                    .orElseGet(() -> new Ending(Optional.of(marker), start, searched)));
            return;
        }
        int begun = seenMarkers.begun(searched, indent);
        waiting.filter(stop -> stop.start() < begun).ifPresent(this::end);
    }

    private void end(Ending found) {
        ending = Optional.of(found);
        emit(found.start() - emitted.length());
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
