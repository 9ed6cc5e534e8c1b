package dev.rapid4j.internal.answer;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Finds where one of several texts ends, in a text that comes character by character, or byte by byte. There may be
 * thousands, one for each tool and each way to begin a call, so they share their beginnings.
 */
final class TextMarkers {

    /**
     * @param text where it counts only at the start, with {@linkplain Spacing free} white space
     * @param atStart whether it counts only as the first of a text, but for white space
     */
    record Marker(String text, boolean atStart) {

        private Marker ofBytes() {
            return new Marker(new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1), atStart);
        }
    }

    /** A beginning of markers. */
    private static final class Node {

        private final boolean atStart;
        private final int length;
        private final Map<Character, Node> next = new HashMap<>(2);
        /** Behind free white space. */
        private Node free;
        /** The one that ends here, or -1. */
        private int marker = -1;

        private Node(boolean atStart, int length) {
            this.atStart = atStart;
            this.length = length;
        }

        private Node next(char c) {
            if (!atStart || !Spacing.isFree(c)) {
                return next.computeIfAbsent(c, unused -> new Node(atStart, length + 1));
            }
            free = free == null ? new Node(atStart, length) : free;
            return free;
        }
    }

    /** @param spaces of the free white space so far; -1: there is none to go on with */
    private record Place(Node node, int spaces) {}

    /**
     * What of a text matters to what follows.
     *
     * @param places what of it may be beginnings of markers
     * @param blank whether there is nothing but white space
     */
    record Seen(List<Place> places, boolean blank) {

        /**
         * Where the first of the markers began that may end later.
         *
         * @param length of the text
         * @param indent of the text
         */
        int begun(int length, int indent) {
            return places.stream()
                    .map(Place::node)
                    .filter(node -> node.free != null || !node.next.isEmpty())
                    .mapToInt(node -> node.atStart ? indent : length - node.length)
                    .min()
                    .orElse(length);
        }
    }

    static final Seen BEGINNING = new Seen(List.of(), true);

    private final Node start = new Node(true, 0);
    private final Node anywhere = new Node(false, 0);
    private final BitSet ends = new BitSet();

    TextMarkers(List<Marker> markers) {
        for (int i = 0; i < markers.size(); i++) {
            Marker marker = markers.get(i);
            Node node = marker.atStart() ? start : anywhere;
            for (char c : marker.text().toCharArray()) {
                node = node.next(c);
            }
            node.marker = node.marker < 0 ? i : node.marker;
            ends.set(marker.text().charAt(marker.text().length() - 1));
        }
    }

    /** For a text that comes byte by byte. */
    static TextMarkers ofBytes(List<Marker> markers) {
        return new TextMarkers(markers.stream().map(Marker::ofBytes).toList());
    }

    Seen after(Seen seen, byte next) {
        return after(seen, (char) (next & 0xFF));
    }

    Seen after(Seen seen, char next) {
        boolean blank = seen.blank && isWhite(next);
        Set<Place> places = new LinkedHashSet<>(4);
        seen.places.forEach(place -> step(place, next, places));
        if (seen.blank && !blank) {
            step(new Place(start, -1), next, places);
        }
        step(new Place(anywhere, -1), next, places);
        boolean same = places.isEmpty() && seen.places.isEmpty() && blank == seen.blank;
        return same ? seen : new Seen(List.copyOf(places), blank);
    }

    private static void step(Place place, char next, Set<Place> places) {
        Node node = place.node.next.get(next);
        if (node != null) {
            places.add(new Place(node, -1));
            if (node.free != null) {
                places.add(new Place(node.free, 0));
            }
        }
        if (place.spaces >= 0 && place.spaces < Spacing.MOST && Spacing.isSpace(next)) {
            places.add(new Place(place.node, place.spaces + 1));
        }
    }

    /** One byte each, so that it is the same for texts and for bytes. */
    static boolean isWhite(char c) {
        return c < 0x80 && Character.isWhitespace(c);
    }

    /** The marker that ends here. */
    OptionalInt complete(Seen seen) {
        return seen.places.stream()
                .mapToInt(place -> place.node.marker)
                .filter(marker -> marker >= 0)
                .min();
    }

    boolean isEmpty() {
        return ends.isEmpty();
    }

    /** Whether a marker can end within these bytes before the last of them, whatever stands before. */
    boolean mayEndWithin(byte[] bytes) {
        for (int i = 0; i < bytes.length - 1; i++) {
            if (ends.get(bytes[i] & 0xFF)) {
                return true;
            }
        }
        return false;
    }
}
