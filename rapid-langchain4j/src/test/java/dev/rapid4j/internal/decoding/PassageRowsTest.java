package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.DraftContext;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.Mode;
import dev.rapid4j.internal.model.CacheRows;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.testing.Golden.Expected;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The target drafts, or writes, over the passages that it has read. */
class PassageRowsTest extends GeneratorFixture {

    /** The first 16 tokens, two passages, the question. */
    private static final int ATTENDED = 16 + 21 + 1 + 10;

    private static DecodingPlan overRows(Mode mode, double margin) {
        return DecodingPlan.of(mode, margin, false, DRAFT_CONTEXT, NO_LOOKUP, DraftContext.PASSAGE_ROWS, true);
    }

    @Test
    void theFirstTokensAreAmongTheRowsAndTheLastIsReadAfterThem() {
        BitSet rows = new DraftSource.PassageRows().rows(prompts(PROMPT, SHORT_PROMPT));

        assertThat(rows.cardinality()).isEqualTo(ATTENDED - 1);
        assertThat(rows.nextClearBit(0)).isEqualTo(16);
        assertThat(rows.length()).isEqualTo(149);
    }

    @Test
    void draftingOverRowsReadsNothingAndLeavesNoCacheBehind() {
        int[] greedy = Expected.of("llama3-tiny").greedyIds();
        try (Generator generator = generator(mistral)) {
            generator.generate(greedy(PROMPT, PROMPT, Mode.LONG_CONTEXT, 0, 40), QUIET);
            long kept = generator.cacheBytes();
            Generation generation =
                    generator.generate(greedy(PROMPT, SHORT_PROMPT, overRows(Mode.SPECULATIVE, 0), 40), QUIET);
            assertThat(generation.tokens())
                    .containsExactly(Arrays.stream(greedy).boxed().toArray(Integer[]::new));
            GenerationStatistics statistics = generation.statistics();
            assertThat(statistics.targetPromptTokens()).isEqualTo(PROMPT.length);
            assertThat(statistics.attendedTokens()).isEqualTo(ATTENDED);
            assertThat(statistics.cachedTokens()).isEqualTo(PROMPT.length - 1);
            assertThat(statistics.draftedTokens()).isPositive();
            assertThat(generator.cacheBytes()).isEqualTo(kept);
        }
    }

    @Test
    void theMarginMovesTheAnswerTowardsWhatIsDraftedOverRows() {
        SamplingParameters sampling = new SamplingParameters(1, 1, 0, 0, 0);
        Set<List<List<Integer>>> answers = new HashSet<>();
        try (Generator generator = generator(mistral)) {
            for (double margin : new double[] {0, 50}) {
                SpeculationParameters speculation = new SpeculationParameters(margin, 10, 0, 0.1);
                DecodingPlan plan = overRows(Mode.RAPID, margin);
                List<List<Integer>> drawn = new ArrayList<>();
                for (int seed = 0; seed < 5; seed++) {
                    GenerationRequest request = request(PROMPT, SHORT_PROMPT, plan, sampling, speculation, seed, 30);
                    drawn.add(generator.generate(request, QUIET).tokens());
                }
                answers.add(drawn);
            }
        }
        assertThat(answers).hasSize(2);
    }

    @Test
    void passageAttentionWritesWhatTheTargetChoosesOverTheRows() {
        try (Generator generator = generator(mistral)) {
            Generation generation =
                    generator.generate(greedy(PROMPT, SHORT_PROMPT, Mode.PASSAGE_ATTENTION, 10, 20), QUIET);
            GenerationStatistics statistics = generation.statistics();
            assertThat(statistics.targetPromptTokens()).isEqualTo(PROMPT.length);
            assertThat(statistics.attendedTokens()).isEqualTo(ATTENDED);
            assertThat(statistics.draftedTokens()).isZero();
            assertThat(statistics.emittedTokens()).isEqualTo(20);
            assertThat(generation.tokens()).isEqualTo(greedyOverRows(20)).isNotEqualTo(greedyOverAll(20));
        }
    }

    private static List<Integer> greedyOverRows(int count) {
        BitSet chosen = new DraftSource.PassageRows().rows(prompts(PROMPT, SHORT_PROMPT));
        try (KeyValueCache whole = llama.newCache(PROMPT.length);
                KeyValueCache room = llama.newCache(ATTENDED + count)) {
            llama.prefill(whole, Arrays.copyOf(PROMPT, PROMPT.length - 1), done -> {});
            CacheRows rows = new CacheRows(room);
            rows.copy(whole, chosen);
            List<Integer> tokens = new ArrayList<>();
            int last = PROMPT[PROMPT.length - 1];
            while (tokens.size() < count) {
                last = best(llama.logits(rows, new int[] {last}, 1)[0]);
                tokens.add(last);
            }
            return tokens;
        }
    }

    private static List<Integer> greedyOverAll(int count) {
        return Arrays.stream(Expected.of("llama3-tiny").greedyIds(), 0, count)
                .boxed()
                .toList();
    }
}
