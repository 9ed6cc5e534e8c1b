package dev.rapid4j.internal.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.junit.jupiter.api.Test;

class JoinedTextTest {

    /** With an empty part at each end and in the middle, and a surrogate pair over a border. */
    private static final List<String> PARTS = List.of("", "ab", "c\ud83d", "\ude00", "", "defg", "");

    private final JoinedText text = new JoinedText(PARTS);

    @Test
    void readsAsTheStringOfItsParts() {
        String joined = String.join("", PARTS);
        assertThat(text.toString()).isEqualTo(joined);
        assertThat(text.length()).isEqualTo(joined.length());
        assertThat(text.chars()).containsExactly(joined.chars().boxed().toArray(Integer[]::new));
        for (int start = 0; start <= joined.length(); start++) {
            for (int end = start; end <= joined.length(); end++) {
                assertThat(text.subSequence(start, end)).isEqualTo(joined.substring(start, end));
            }
        }
        assertThat(Character.codePointBefore(text, 5)).isEqualTo(0x1f600);
        assertThat(new JoinedText(List.of("")).subSequence(0, 0)).isEmpty();
    }

    @Test
    void hasNothingBeyondItsEnds() {
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> text.charAt(text.length()));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> text.charAt(-1));
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> text.subSequence(3, text.length() + 1));
    }
}
