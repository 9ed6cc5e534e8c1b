package dev.rapid4j.internal.answer;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds where one of several texts ends, in a text that comes byte by byte. */
final class TextMarkers {

    /**
     * @param text where it counts only at the start, with {@linkplain Spacing free} white space
     * @param atStart whether it counts only as the first of a text, but for white space
     */
    record Marker(String text, boolean atStart) {

        private static Marker ofBytes(Marker marker) {
            return new Marker(
                    new String(marker.text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1),
                    marker.atStart);
        }

        Pattern pattern() {
            return Spacing.pattern(text, piece -> piece);
        }
    }

    /**
     * What of a text matters to what follows.
     *
     * @param tail bytes, one a character, that a marker may begin with
     * @param start whether there is nothing before them
     */
    record Seen(String tail, boolean start) {}

    static final Seen BEGINNING = new Seen("", true);
    static final Seen NOTHING = new Seen("", false);

    private final List<Marker> markers;
    private final List<Pattern> patterns;

    TextMarkers(List<Marker> markers) {
        this.markers = markers.stream().map(Marker::ofBytes).toList();
        this.patterns = this.markers.stream().map(Marker::pattern).toList();
    }

    Seen after(Seen seen, byte next) {
        String text = seen.tail + (char) (next & 0xFF);
        if (seen.start) {
            if (indent(text) == text.length()) {
                return BEGINNING;
            }
            if (patterns.stream().anyMatch(pattern -> maybe(pattern.matcher(text)))) {
                return new Seen(text, true);
            }
        }
        for (int from = 0; from < text.length(); from++) {
            String tail = text.substring(from);
            if (markers.stream()
                    .anyMatch(marker -> !marker.atStart() && marker.text().startsWith(tail))) {
                return new Seen(tail, false);
            }
        }
        return NOTHING;
    }

    /** Whether it is a marker, or may become one. */
    private static boolean maybe(Matcher matcher) {
        return matcher.matches() || matcher.hitEnd();
    }

    /**
     * How much white space a text begins with: a character of one byte each, so that it is the same for texts and for
     * bytes.
     */
    static int indent(String text) {
        int indent = 0;
        while (indent < text.length() && text.charAt(indent) < 0x80 && Character.isWhitespace(text.charAt(indent))) {
            indent++;
        }
        return indent;
    }

    /** The marker that ends here. */
    OptionalInt complete(Seen seen) {
        for (int i = 0; i < markers.size(); i++) {
            Marker marker = markers.get(i);
            if (seen.start
                    ? patterns.get(i).matcher(seen.tail).matches()
                    : !marker.atStart() && seen.tail.equals(marker.text())) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }

    boolean isEmpty() {
        return markers.isEmpty();
    }

    /** Whether a marker can end within these bytes before the last of them, whatever stands before. */
    boolean mayEndWithin(byte[] bytes) {
        for (int i = 0; i < bytes.length - 1; i++) {
            for (Marker marker : markers) {
                if (marker.text().charAt(marker.text().length() - 1) == (bytes[i] & 0xFF)) {
                    return true;
                }
            }
        }
        return false;
    }
}
