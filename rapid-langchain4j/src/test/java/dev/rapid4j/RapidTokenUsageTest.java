package dev.rapid4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.output.TokenUsage;
import org.junit.jupiter.api.Test;

class RapidTokenUsageTest {

    private static final RapidTokenUsage FIRST = new RapidTokenUsage(100, 10, 0, 8, 5);
    private static final RapidTokenUsage SECOND = new RapidTokenUsage(120, 7, 96, 4, null);

    /** As an AI service adds up the rounds of an answer. */
    @Test
    void usagesAddUpInAnyOrder() {
        RapidTokenUsage both = new RapidTokenUsage(220, 17, 96, 12, 5);
        assertThat(TokenUsage.sum(FIRST, SECOND)).isEqualTo(both).hasSameHashCodeAs(both);
        assertThat(TokenUsage.sum(SECOND, FIRST)).isEqualTo(both).hasToString(both.toString());
        assertThat(TokenUsage.sum(null, FIRST)).isEqualTo(FIRST);
        assertThat(FIRST.add(null)).isEqualTo(FIRST);
        assertThat(both.totalTokenCount()).isEqualTo(237);
    }

    @Test
    void ofAnotherModelsUsageWhatBothHaveIsAdded() {
        TokenUsage other = new TokenUsage(1, 2, 30);
        assertThat(other.add(FIRST)).isEqualTo(FIRST.add(other)).satisfies(sum -> {
            assertThat(sum.inputTokenCount()).isEqualTo(101);
            assertThat(sum.totalTokenCount()).isEqualTo(140);
            assertThat(((RapidTokenUsage) sum).draftedTokens()).isEqualTo(8);
        });
        assertThat(FIRST).isNotEqualTo(new TokenUsage(100, 10));
    }
}
