package dev.rapid4j.internal.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.langchain4j.exception.InvalidRequestException;
import dev.rapid4j.internal.retrieval.QwenTokens;
import dev.rapid4j.internal.text.Characters;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TextShortenerTest {

    private final QwenTokens tokens = new QwenTokens();

    @Test
    void keepsWholeParagraphsOfBeginningAndEnd() {
        List<String> paragraphs = IntStream.range(0, 500)
                .mapToObj(i -> "Paragraph number " + i + " of a long text.")
                .toList();
        String shortened = TextShortener.shortenMiddle(String.join("\n\n", paragraphs), 1000, tokens);

        List<String> kept = List.of(shortened.split("\n\n"));
        int marker = kept.indexOf("[…]");
        assertThat(kept.subList(0, marker)).isEqualTo(paragraphs.subList(0, marker));
        int tail = kept.size() - marker - 1;
        assertThat(kept.subList(marker + 1, kept.size())).isEqualTo(paragraphs.subList(500 - tail, 500));
        assertThat(Math.abs(marker - tail)).isLessThan(6);
        assertThat(tokens.estimateTokenCountInText(shortened)).isBetween(850, 1000);
    }

    @Test
    void staysWithinEveryBudgetThatHasRoom() {
        String text = IntStream.range(0, 300)
                .mapToObj(i -> "word" + i + (i % 9 == 0 ? ".\n" : " ") + "\ud83d\uddfc")
                .collect(Collectors.joining(" "));
        for (int budget = 40; budget < 1000; budget += 31) {
            String shortened = TextShortener.shortenMiddle(text, budget, tokens);
            assertThat(tokens.estimateTokenCountInText(shortened)).isBetween(budget / 2, budget);
            assertThat(shortened).contains("[…]").startsWith("word0");
        }
    }

    @Test
    void cutsAnEndlessWordToo() {
        String shortened = TextShortener.shortenMiddle("x".repeat(100_000), 1000, tokens);
        assertThat(shortened).matches("x+\n\n\\[…]\n\nx+");
        assertThat(tokens.estimateTokenCountInText(shortened)).isLessThanOrEqualTo(1000);
    }

    @Test
    void doesNotReadTheMiddleOfAVeryLongText() {
        for (String unit : List.of("A sentence; it has clauses. ", "A line.\n\n", "字，", "\ud83d\uddfc", "x")) {
            String end = unit.repeat(100_000 / unit.length());
            String text = end + "?".repeat(2_000_001) + end;
            tokens.characters = 0;
            String shortened = TextShortener.shortenMiddle(text, 1000, tokens);
            assertThat(tokens.characters).as(unit).isLessThan(150_000);

            String[] kept = shortened.split("\n\n\\[…]\n\n");
            assertThat(kept).hasSize(2);
            assertThat(text).startsWith(kept[0]).endsWith(kept[1]);
            assertThat(tokens.estimateTokenCountInText(shortened)).as(unit).isBetween(850, 1000);
            // with none of a pair's halves
            assertThat(shortened).isEqualTo(Characters.wellFormed(shortened));
            assertThat(shortened).isEqualTo(TextShortener.shortenMiddle(text.replace('?', '!'), 1000, tokens));
        }
    }

    @Test
    void aTextThatFitsStaysAsItIs() {
        assertThat(TextShortener.shortenMiddle("A short text.", 100, tokens)).isEqualTo("A short text.");
    }

    @Test
    void refusesABudgetWithoutRoom() {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> TextShortener.shortenMiddle("Some longer text. ".repeat(50), 2, tokens))
                .withMessageContaining("cannot be shortened to 2 tokens");
    }
}
