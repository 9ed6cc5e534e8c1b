package dev.rapid4j.internal.answer;

import static dev.rapid4j.TokenSource.DRAFTER;
import static dev.rapid4j.TokenSource.LOOKUP;
import static dev.rapid4j.TokenSource.TARGET;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.answer.TextMarkers.Marker;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tokens are single bytes here: the hardest case. */
class TextStreamTest {

    private final List<String> pieces = new ArrayList<>();

    private TextStream stream(String... stopSequences) {
        return new TextStream(
                TextStreamTest::decode, List.of(stopSequences), List.of(), (piece, source) -> pieces.add(piece));
    }

    private static String decode(int[] tokens) {
        byte[] bytes = new byte[tokens.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) tokens[i];
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** @return how many tokens went in before a stop sequence was complete */
    private static int feed(TextStream stream, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            if (stream.append(bytes[i], TARGET)) {
                return i + 1;
            }
        }
        return bytes.length;
    }

    @Test
    void neverEmitsHalfACharacter() {
        TextStream stream = stream();
        feed(stream, "a€😀é");
        assertThat(pieces).containsExactly("a", "€", "😀", "é");
        assertThat(stream.finish()).isEqualTo("a€😀é");
    }

    @Test
    void bytesThatAreNoTextAreNotDecodedOverAndOver() {
        List<Integer> lengths = new ArrayList<>();
        TextStream stream = new TextStream(
                tokens -> {
                    lengths.add(tokens.length);
                    return decode(tokens);
                },
                List.of(),
                List.of(),
                (piece, source) -> pieces.add(piece));
        for (int i = 0; i < 1000; i++) {
            stream.append((byte) 0xF0, TARGET);
        }
        feed(stream, "😀é");
        assertThat(lengths).allMatch(length -> length < 40);
        assertThat(stream.finish()).isEqualTo("\uFFFD".repeat(1000) + "😀é");
    }

    @Test
    void endsBeforeAStopSequenceAcrossTokensAndShowsWhatOnlyLookedLikeOneOnceThatIsKnown() {
        TextStream stream = stream("STOP", "\n\n");
        int fed = feed(stream, "one SToST\nSTOP more");
        assertThat(fed).isEqualTo("one SToST\nSTOP".length());
        assertThat(pieces).containsExactly("o", "n", "e", " ", "STo", "ST", "\n");
        assertThat(stream.finish()).isEqualTo("one SToST\n");
    }

    @Test
    void aStopSequenceInsideWhatMayBecomeAMarkerWaitsUntilThatIsKnown() {
        List<Marker> markers =
                List.of(new Marker(Spacing.free("```json { \"a\""), true), new Marker("<tool_call>", false));
        for (String text : List.of("```json\n{\"a\"", "so <tool_call>")) {
            pieces.clear();
            TextStream stream = new TextStream(
                    TextStreamTest::decode, List.of("\n", "_", "<"), markers, (piece, source) -> pieces.add(piece));
            assertThat(feed(stream, text + "more")).isEqualTo(text.length());
            assertThat(stream.isStopped()).isFalse();
            assertThat(stream.marker()).isPresent();
            assertThat(stream.finish()).isEqualTo(text.startsWith("so") ? "so " : "");
        }
        TextStream other =
                new TextStream(TextStreamTest::decode, List.of("\n"), markers, (piece, source) -> pieces.add(piece));
        assertThat(feed(other, "```json\n{\"b\"")).isEqualTo("```json\n{\"b".length());
        assertThat(other.isStopped()).isTrue();
        assertThat(other.finish()).isEqualTo("```json");
        TextStream cut =
                new TextStream(TextStreamTest::decode, List.of("\n"), markers, (piece, source) -> pieces.add(piece));
        feed(cut, "```json\n{");
        assertThat(cut.finish()).isEqualTo("```json");
    }

    @Test
    void emitsAtTheEndWhatWasHeldBack() {
        TextStream stream = stream("STOP");
        feed(stream, "do ST");
        assertThat(String.join("", pieces)).isEqualTo("do ");
        assertThat(stream.finish()).isEqualTo("do ST");
        assertThat(String.join("", pieces)).isEqualTo("do ST");
    }

    @Test
    void aPieceTellsWhereTheTokenComesFromThatCompletesIt() {
        List<String> told = new ArrayList<>();
        TextStream stream = new TextStream(
                TextStreamTest::decode, List.of("STOP"), List.of(), (piece, source) -> told.add(piece + "=" + source));
        byte[] bytes = "aéSTxST".getBytes(StandardCharsets.UTF_8);
        TokenSource[] sources = {DRAFTER, DRAFTER, TARGET, LOOKUP, DRAFTER, TARGET, DRAFTER, LOOKUP};
        for (int i = 0; i < bytes.length; i++) {
            stream.append(bytes[i], sources[i]);
        }
        // "ST" waits for what follows; then it comes in the pieces it was made of
        assertThat(told).containsExactly("a=DRAFTER", "é=TARGET", "S=LOOKUP", "T=DRAFTER", "x=TARGET");
        stream.finish();
        assertThat(told).endsWith("S=DRAFTER", "T=LOOKUP");
    }

    @Test
    void bytesThatAreNoCharacterDoNotHoldBackWhatFollows() {
        TextStream stream = stream();
        stream.append(0xE2, TARGET);
        stream.append('x', TARGET);
        assertThat(String.join("", pieces)).isEqualTo("\uFFFDx");
        stream.append(0xE2, TARGET);
        assertThat(stream.finish()).isEqualTo("\uFFFDx\uFFFD");
    }
}
