package dev.rapid4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.chat.request.ChatRequestParameters;
import org.junit.jupiter.api.Test;

class RapidChatRequestParametersTest {

    private final RapidChatRequestParameters all = RapidChatRequestParameters.builder()
            .temperature(0.5)
            .maxOutputTokens(100)
            .mode(Mode.SPECULATIVE)
            .margin(20.0)
            .draftTokens(4)
            .confidenceThreshold(0.2)
            .plausibility(0.3)
            .passages(5)
            .seed(7)
            .build();

    @Test
    void whatIsSetOverrides() {
        RapidChatRequestParameters some =
                RapidChatRequestParameters.builder().margin(5.0).topK(3).build();

        RapidChatRequestParameters merged = all.overrideWith(some);

        assertThat(merged)
                .isEqualTo(RapidChatRequestParameters.builder()
                        .temperature(0.5)
                        .topK(3)
                        .maxOutputTokens(100)
                        .mode(Mode.SPECULATIVE)
                        .margin(5.0)
                        .draftTokens(4)
                        .confidenceThreshold(0.2)
                        .plausibility(0.3)
                        .passages(5)
                        .seed(7)
                        .build());
        assertThat(some.defaultedBy(all)).isEqualTo(merged).hasSameHashCodeAs(merged);
    }

    @Test
    void mergesWithPlainParametersInBothDirections() {
        ChatRequestParameters plain =
                ChatRequestParameters.builder().temperature(1.0).build();

        assertThat(all.overrideWith(plain).temperature()).isEqualTo(1.0);
        assertThat(all.overrideWith(plain).seed()).isEqualTo(7);
        assertThat(plain.overrideWith(all)).isEqualTo(all);
        assertThat(plain.defaultedBy(all)).isInstanceOfSatisfying(RapidChatRequestParameters.class, merged -> {
            assertThat(merged.temperature()).isEqualTo(1.0);
            assertThat(merged.mode()).isEqualTo(Mode.SPECULATIVE);
        });
    }

    @Test
    void nothingIsSetByDefault() {
        assertThat(RapidChatRequestParameters.EMPTY.overrideWith(all)).isEqualTo(all);
        assertThat(all.overrideWith(RapidChatRequestParameters.EMPTY)).isEqualTo(all);
        assertThat(all.toString()).contains("mode=SPECULATIVE", "margin=20.0", "passages=5", "seed=7");
    }
}
