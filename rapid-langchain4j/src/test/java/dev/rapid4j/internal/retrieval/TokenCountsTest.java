package dev.rapid4j.internal.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class TokenCountsTest {

    private static final List<String> UNITS =
            List.of("A sentence; it has clauses. ", "A line.\n", "字，", "\ud83d\uddfc", "x");

    private final QwenTokens tokens = new QwenTokens();

    @Test
    void countsExactlyUpToTheLimit() {
        for (String unit : UNITS) {
            String text = unit.repeat(9_000 / unit.length());
            int exact = tokens.estimateTokenCountInText(text);
            assertThat(TokenCounts.estimate(text, exact, tokens)).as(unit).isEqualTo(exact);
            assertThat(TokenCounts.estimate(text, exact - 1, tokens)).as(unit).isGreaterThanOrEqualTo(exact);
        }
    }

    @Test
    void readsLittleOfATextThatIsFarLonger() {
        for (String unit : UNITS) {
            String text = unit.repeat(1_000_000 / unit.length());
            int sample = tokens.estimateTokenCountInText(text.substring(0, 10_000));
            tokens.characters = 0;
            assertThat((double) TokenCounts.estimate(text, 200, tokens))
                    .as(unit)
                    .isCloseTo(100.0 * sample, within(10.0 * sample));
            assertThat(tokens.characters).as(unit).isLessThan(50_000);
        }
    }

    @Test
    void findsABeginningAndAnEndingWithEnoughTokens() {
        for (String unit : UNITS) {
            String text = "-" + unit.repeat(1_000_000 / unit.length()) + "-";
            tokens.characters = 0;
            int end = TokenCounts.beginning(text, 200, tokens);
            int start = TokenCounts.ending(text, 200, tokens);
            assertThat(tokens.characters).as(unit).isLessThan(50_000);
            assertThat(tokens.estimateTokenCountInText(text.substring(0, end)))
                    .as(unit)
                    .isGreaterThan(180);
            assertThat(tokens.estimateTokenCountInText(text.substring(start)))
                    .as(unit)
                    .isGreaterThan(180);
            assertThat(Character.isLowSurrogate(text.charAt(end))).isFalse();
            assertThat(Character.isLowSurrogate(text.charAt(start))).isFalse();

            String few = text.substring(0, 2_000);
            assertThat(TokenCounts.beginning(few, 10_000, tokens)).isEqualTo(few.length());
            assertThat(TokenCounts.ending(few, 10_000, tokens)).isZero();
        }
    }
}
