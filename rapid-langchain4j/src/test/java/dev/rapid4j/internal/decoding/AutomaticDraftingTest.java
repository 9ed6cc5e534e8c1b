package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.DraftContext;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.Mode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Draft lengths that the engine chooses, by clocks that say anything. */
class AutomaticDraftingTest extends GeneratorFixture {

    private static final DecodingPlan LEARNING_THROUGHOUT =
            DecodingPlan.of(Mode.RAPID, 10, true, DRAFT_CONTEXT, Optional.empty(), DraftContext.PASSAGE_PROMPT, true);
    private static final SamplingParameters SAMPLING = new SamplingParameters(0.8, 1, 0, 0, 0);

    /** A drafter that drafts at once or takes for ever, and so the target. */
    private static Generator generator(int clock) {
        SplittableRandom random = new SplittableRandom(clock);
        long[] now = {0};
        return new Generator(
                llama,
                mistral,
                Set.of(),
                new CachePool(CACHE_BYTES, Optional.empty()),
                () -> now[0] += (long) Math.pow(10, 9 * random.nextDouble()));
    }

    private static GenerationRequest automatic(
            Mode mode, double margin, SamplingParameters sampling, Optional<Boolean> lookup) {
        return automatic(
                DecodingPlan.of(mode, margin, false, DRAFT_CONTEXT, lookup, DraftContext.PASSAGE_PROMPT, true),
                sampling);
    }

    private static GenerationRequest automatic(DecodingPlan plan, SamplingParameters sampling) {
        int[] prompt = Arrays.copyOf(PROMPT, PROMPT.length + 100);
        System.arraycopy(PROMPT, 0, prompt, PROMPT.length, 100);
        return new GenerationRequest(
                prompts(prompt, SHORT_PROMPT),
                plan,
                sampling,
                new SpeculationParameters(plan.margin(), SpeculationParameters.AUTOMATIC, 0, 0.1),
                5,
                40);
    }

    private static List<Generation> answers(GenerationRequest request, int clock) {
        List<Generation> answers = new ArrayList<>();
        try (Generator generator = generator(clock)) {
            for (int i = 0; i < 4; i++) {
                answers.add(generator.generate(request, QUIET));
            }
        }
        return answers;
    }

    @Test
    void greedyAnswersAreTheTargetsOwnWhateverLengthsTheClockLeadsTo() {
        List<Integer> alone = answers(automatic(Mode.LONG_CONTEXT, 0, GREEDY, NO_LOOKUP), 0)
                .get(0)
                .tokens();
        for (Mode mode : List.of(Mode.RAPID, Mode.SPECULATIVE, Mode.NAIVE_SPECULATIVE, Mode.STREAMING_DRAFT)) {
            Set<Integer> rounds = new HashSet<>();
            int drafted = 0;
            for (int clock = 1; clock <= 4; clock++) {
                for (Generation answer : answers(automatic(mode, 0, GREEDY, Optional.empty()), clock)) {
                    assertThat(answer.tokens()).as("%s", mode).isEqualTo(alone);
                    rounds.add(answer.statistics().rounds());
                    drafted += answer.statistics().draftedTokens();
                }
            }
            assertThat(rounds).as("%s", mode).hasSizeGreaterThan(1);
            assertThat(drafted).as("%s", mode).isPositive();
        }
    }

    @Test
    void aSeedFixesAnswersWhateverTheClockSaysAndWasAskedBefore() {
        for (Mode mode : List.of(Mode.RAPID, Mode.SPECULATIVE, Mode.NAIVE_SPECULATIVE, Mode.STREAMING_DRAFT)) {
            for (Optional<Boolean> lookup : List.of(NO_LOOKUP, Optional.of(true))) {
                assertAlike(automatic(mode, 10, SAMPLING, lookup));
            }
        }
        // what is learnt from a drafter depends on where there are drafts, without chance, too
        assertAlike(automatic(Mode.RAPID, 10, GREEDY, Optional.of(true)));
        assertAlike(automatic(LEARNING_THROUGHOUT, SAMPLING));
    }

    @Test
    void whereEveryTokenLearnsLengthsFollowTheClockAndGreedyAnswersDoNot() {
        Set<List<Integer>> distinct = new HashSet<>();
        Set<Integer> rounds = new HashSet<>();
        for (int clock = 1; clock <= 4; clock++) {
            for (Generation answer : answers(automatic(LEARNING_THROUGHOUT, GREEDY), clock)) {
                distinct.add(answer.tokens());
                rounds.add(answer.statistics().rounds());
                assertThat(answer.statistics().drafterPromptTokens()).isEqualTo(SHORT_PROMPT.length);
            }
        }
        assertThat(distinct).hasSize(1);
        assertThat(rounds).hasSizeGreaterThan(1);
    }

    private static void assertAlike(GenerationRequest request) {
        Set<List<Object>> answers = new HashSet<>();
        for (int clock = 1; clock <= 3; clock++) {
            for (Generation answer : answers(request, clock)) {
                GenerationStatistics statistics = answer.statistics();
                answers.add(List.of(answer.tokens(), statistics.rounds(), statistics.draftedTokens()));
            }
        }
        assertThat(answers).as("%s", request).hasSize(1);
    }

    @Test
    void withAMarginEveryRoundHasADraftUnlessTokensAreLookedUp() {
        GenerationStatistics learning = answers(automatic(Mode.RAPID, 10, GREEDY, Optional.empty()), 1)
                .get(3)
                .statistics();
        // but for one behind which there is room for no more than the target's own token
        assertThat(learning.roundsWithoutDraft()).isLessThanOrEqualTo(1);
        GenerationStatistics allowed = answers(automatic(Mode.RAPID, 10, GREEDY, Optional.of(true)), 1)
                .get(3)
                .statistics();
        assertThat(allowed.roundsWithoutDraft()).isGreaterThan(1);
    }

    @Test
    void aDrafterThatIsAsSlowAsTheTargetReadsNothing() {
        List<Integer> totals = new ArrayList<>();
        GenerationListener listener = new GenerationListener() {
            @Override
            public void onPrefill(int done, int total) {
                totals.add(total);
            }
        };
        try (Generator generator = generator(llama)) {
            GenerationRequest request = automatic(Mode.SPECULATIVE, 0, SAMPLING, NO_LOOKUP);
            GenerationStatistics statistics =
                    generator.generate(request, listener).statistics();
            assertThat(statistics.draftedTokens()).isZero();
            assertThat(statistics.drafterPromptTokens()).isZero();
            // and keeps no cache that holds nothing
            assertThat(generator.cacheBytes()).isLessThan(2 * llama.cacheBytes(1024));
            assertThat(statistics.roundsWithoutDraft()).isEqualTo(statistics.rounds());
            assertThat(totals).isNotEmpty().containsOnly(request.prompts().target().length);
        }
    }
}
