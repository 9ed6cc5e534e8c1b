package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.DraftContext;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.Mode;
import dev.rapid4j.testing.Golden.Expected;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The target drafts over the ends of its own cache. */
class StreamingDraftTest extends GeneratorFixture {

    @Test
    void aStreamingDraftAttendsToSoManyTokensAndLeavesNoCacheBehind() {
        try (Generator generator = generator(mistral)) {
            generator.generate(greedy(PROMPT, PROMPT, Mode.LONG_CONTEXT, 0, 20), QUIET);
            long kept = generator.cacheBytes();
            GenerationStatistics statistics = generator
                    .generate(greedy(PROMPT, SHORT_PROMPT, Mode.STREAMING_DRAFT, 0, 20), QUIET)
                    .statistics();
            assertThat(statistics.targetPromptTokens()).isEqualTo(PROMPT.length);
            assertThat(statistics.attendedTokens()).isEqualTo(DRAFT_CONTEXT);
            assertThat(statistics.drafterPromptTokens()).isZero();
            assertThat(statistics.cachedTokens()).isEqualTo(PROMPT.length - 1);
            assertThat(statistics.emittedTokens()).isEqualTo(20);
            assertThat(generator.cacheBytes()).isEqualTo(kept);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 17, 149, 150, 1000})
    void aStreamingDraftMayHaveAnyContext(int draftContext) {
        DecodingPlan plan = DecodingPlan.of(
                Mode.STREAMING_DRAFT, 0, false, draftContext, NO_LOOKUP, DraftContext.PASSAGE_PROMPT, true);
        int[] greedy = Expected.of("llama3-tiny").greedyIds();
        try (Generator generator = generator(llama)) {
            Generation generation = generator.generate(greedy(PROMPT, PROMPT, plan, 40), QUIET);
            assertThat(generation.tokens())
                    .containsExactly(Arrays.stream(greedy).boxed().toArray(Integer[]::new));
            assertThat(generation.statistics().attendedTokens()).isEqualTo(Math.min(draftContext, 150));
            if (draftContext >= PROMPT.length) {
                assertThat(generation.statistics().acceptanceRate()).isEqualTo(1);
            }
            int[] single = {PROMPT[0]};
            assertThat(generator
                            .generate(greedy(single, single, plan, 12), QUIET)
                            .tokens())
                    .isEqualTo(generator
                            .generate(greedy(single, single, Mode.LONG_CONTEXT, 0, 12), QUIET)
                            .tokens());
        }
    }
}
