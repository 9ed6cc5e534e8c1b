package dev.rapid4j.internal.answer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.internal.answer.TextMarkers.Marker;
import dev.rapid4j.internal.answer.TextMarkers.Seen;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TextMarkersTest {

    private static OptionalInt found(TextMarkers markers, String text) {
        Seen seen = TextMarkers.BEGINNING;
        for (byte next : text.getBytes(StandardCharsets.UTF_8)) {
            seen = markers.after(seen, next);
        }
        return markers.complete(seen);
    }

    @Test
    void whatThousandsOfMarkersBeginWithIsFollowedOnce() {
        List<Marker> all = new ArrayList<>(List.of(new Marker("<tool_call>", false)));
        IntStream.range(0, 1000)
                .mapToObj(i -> new Marker(Spacing.free("{ \"name\" : \"") + "tool" + i + "\"", true))
                .forEach(all::add);
        TextMarkers markers = TextMarkers.ofBytes(all);
        String text = " {\n  \"name\": \"tool517\"";
        Seen seen = TextMarkers.BEGINNING;
        for (byte next : text.getBytes(StandardCharsets.UTF_8)) {
            seen = markers.after(seen, next);
            assertThat(seen.places()).hasSizeLessThanOrEqualTo(2);
        }
        assertThat(markers.complete(seen)).hasValue(518);
        assertThat(markers.mayEndWithin(new byte[] {'"', 'x'})).isTrue();
        assertThat(markers.mayEndWithin(new byte[] {'x', '"'})).isFalse();
    }

    @Test
    void freeWhiteSpaceIsAnyOrNoneUpToItsLimit() {
        TextMarkers markers =
                TextMarkers.ofBytes(List.of(new Marker(Spacing.free("[ { "), true), new Marker("é", true)));
        for (int spaces : List.of(0, 1, Spacing.MOST)) {
            assertThat(found(markers, "\n[" + "\t".repeat(spaces) + "{")).hasValue(0);
        }
        assertThat(found(markers, "[" + " ".repeat(Spacing.MOST + 1) + "{")).isEmpty();
        assertThat(found(markers, "\u00A0[{")).isEmpty();
        assertThat(found(markers, "x[{")).isEmpty();
        assertThat(found(markers, " é")).hasValue(1);
    }

    @Test
    void aMarkerIsFoundBehindWhatOnlyLookedLikeItsBeginning() {
        TextMarkers markers = TextMarkers.ofBytes(List.of(new Marker("<<tool>", false), new Marker("{x", true)));
        assertThat(found(markers, "a <<<<tool>")).hasValue(0);
        assertThat(found(markers, "{<<tool>")).hasValue(0);
    }
}
