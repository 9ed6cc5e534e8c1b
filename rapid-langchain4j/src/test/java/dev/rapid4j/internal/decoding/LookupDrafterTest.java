package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.DraftContext;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.Mode;
import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.decoding.LookupDrafter.Found;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What stands earlier in the text, and answers with it. */
class LookupDrafterTest extends GeneratorFixture {

    private static int[] continuation(int most, int... tokens) {
        return LookupDrafter.continuation(Arrays.copyOf(tokens, tokens.length + 5), tokens.length, most)
                .map(Found::tokens)
                .orElse(new int[0]);
    }

    @Test
    void whatFollowedTheLastTokensIsProposed() {
        assertThat(continuation(3, 7, 1, 2, 3, 4, 5, 6, 1, 2, 3)).containsExactly(4, 5, 6);
    }

    @Test
    void theLongestMatchCountsAndOfTwoTheLaterOne() {
        assertThat(continuation(1, 9, 1, 2, 3, 4, 8, 1, 2, 3, 5, 9, 1, 2, 3)).containsExactly(4);
        assertThat(continuation(1, 9, 1, 2, 3, 4, 9, 1, 2, 3, 5, 9, 1, 2, 3)).containsExactly(5);
    }

    @Test
    void tooFewTokensTellNothing() {
        assertThat(continuation(3, 7, 2, 3, 4, 5, 1, 2, 3)).isEmpty();
        assertThat(continuation(3, 1, 2, 3)).isEmpty();
        assertThat(continuation(3, 1)).isEmpty();
    }

    @Test
    void textThatRepeatsItselfUpToItsEndGoesOn() {
        assertThat(continuation(5, 1, 2, 1, 2, 1, 2, 1)).containsExactly(2, 1, 2, 1, 2);
        assertThat(continuation(3, 4, 4, 4, 4)).containsExactly(4, 4, 4);
    }

    @Test
    void findsWhatAPlainSearchFinds() {
        SplittableRandom random = new SplittableRandom(1);
        for (int run = 0; run < 2000; run++) {
            int[] tokens = random.ints(random.nextInt(1, 60), 0, 3).toArray();
            int longest = 2;
            int after = 0;
            for (int end = tokens.length - 1; end > 0; end--) {
                int match = 0;
                while (match < Math.min(16, end) && tokens[end - 1 - match] == tokens[tokens.length - 1 - match]) {
                    match++;
                }
                if (match > longest) {
                    longest = match;
                    after = end;
                }
            }
            assertThat(continuation(1, tokens)).isEqualTo(after == 0 ? new int[0] : new int[] {tokens[after]});
        }
    }

    private static GenerationRequest request(
            int[] prompt, Mode mode, SamplingParameters sampling, Optional<Boolean> lookup) {
        return new GenerationRequest(
                prompts(prompt, SHORT_PROMPT),
                DecodingPlan.of(mode, 0, false, DRAFT_CONTEXT, lookup, DraftContext.PASSAGE_PROMPT, true),
                sampling,
                new SpeculationParameters(0, 10, 0, 0.1),
                1,
                40);
    }

    /** A prompt in which the target's answer to it stands already, but for a few tokens. */
    private static int[] promptWithItsAnswer() {
        try (Generator generator = generator(mistral)) {
            List<Integer> answer = generator
                    .generate(request(PROMPT, Mode.LONG_CONTEXT, GREEDY, NO_LOOKUP), QUIET)
                    .tokens();
            int[] prompt = Arrays.copyOf(PROMPT, 2 * PROMPT.length + answer.size());
            for (int i = 0; i < answer.size(); i++) {
                prompt[PROMPT.length + i] = answer.get(i);
            }
            System.arraycopy(PROMPT, 0, prompt, PROMPT.length + answer.size(), PROMPT.length);
            return prompt;
        }
    }

    @Test
    void aTargetThatAttendsToPassagesAnswersAlikeWithLookup() {
        int[] prompt = promptWithItsAnswer();
        try (Generator generator = generator(mistral)) {
            Generation plain =
                    generator.generate(request(prompt, Mode.PASSAGE_ATTENTION, GREEDY, Optional.of(false)), QUIET);
            Generation lookedUp =
                    generator.generate(request(prompt, Mode.PASSAGE_ATTENTION, GREEDY, Optional.of(true)), QUIET);
            assertThat(lookedUp.tokens()).isEqualTo(plain.tokens());
            assertThat(lookedUp.statistics().lookupDraftedTokens()).isPositive();
        }
    }

    @Test
    void greedyAnswersAreThoseWithoutLookupInEveryModeAlsoWithPenalties() {
        int[] prompt = promptWithItsAnswer();
        try (Generator generator = generator(mistral)) {
            for (SamplingParameters sampling : List.of(GREEDY, new SamplingParameters(0, 1, 0, 1.5, 1))) {
                List<Integer> whole = generator
                        .generate(request(prompt, Mode.LONG_CONTEXT, sampling, NO_LOOKUP), QUIET)
                        .tokens();
                for (Mode mode : EnumSet.complementOf(EnumSet.of(Mode.RETRIEVAL_ONLY, Mode.PASSAGE_ATTENTION))) {
                    Generation answer = generator.generate(request(prompt, mode, sampling, Optional.of(true)), QUIET);
                    assertThat(answer.tokens()).as("%s", mode).isEqualTo(whole);
                    assertThat(answer.statistics().lookupDraftedTokens()).isPositive();
                }
            }
        }
    }

    @Test
    void tokensTellWhatWasLookedUpAndTheStatisticsCountItApart() {
        List<TokenSource> sources = new ArrayList<>();
        GenerationListener listener = new GenerationListener() {
            @Override
            public boolean onToken(int token, TokenSource source) {
                sources.add(source);
                return false;
            }
        };
        int[] prompt = promptWithItsAnswer();
        try (Generator generator = generator(mistral)) {
            GenerationStatistics alone = generator
                    .generate(request(prompt, Mode.LONG_CONTEXT, GREEDY, Optional.of(true)), listener)
                    .statistics();
            assertThat(sources).contains(TokenSource.LOOKUP, TokenSource.TARGET).doesNotContain(TokenSource.DRAFTER);
            assertThat(alone.lookupDraftedTokens()).isPositive().isEqualTo(alone.draftedTokens());
            assertThat(alone.lookupAcceptedTokens()).isPositive().isEqualTo(alone.acceptedTokens());

            GenerationStatistics both = generator
                    .generate(request(prompt, Mode.SPECULATIVE, GREEDY, Optional.empty()), QUIET)
                    .statistics();
            assertThat(both.lookupAcceptedTokens())
                    .isPositive()
                    .isLessThanOrEqualTo(both.acceptedTokens())
                    .isLessThanOrEqualTo(both.lookupDraftedTokens());
            assertThat(both.lookupDraftedTokens()).isLessThan(both.draftedTokens());
        }
    }

    @Test
    void nothingIsProposedBehindAnEndTokenNorWhatNoModelMayChoose() {
        int[] tokens = {1, 2, 3, 4, 5, 6, 7, 1, 2, 3};
        assertThat(proposed(tokens, Set.of(5), 100)).containsExactly(4, 5);
        assertThat(proposed(tokens, Set.of(), 6)).containsExactly(4, 5);
        assertThat(proposed(tokens, Set.of(), 4)).isEmpty();
    }

    private static int[] proposed(int[] prompt, Set<Integer> endTokens, int vocabulary) {
        GenerationRequest request = request(prompt, Mode.LONG_CONTEXT, GREEDY, Optional.of(true));
        return new LookupDrafter(llama, request, endTokens, vocabulary)
                .find(4)
                .map(Found::tokens)
                .orElse(new int[0]);
    }

    @Test
    void aModelThatHasNotProposedForLongCatchesUp() {
        int[] prompt = promptWithItsAnswer();
        try (Generator generator = generator(llama)) {
            GenerationRequest request = request(prompt, Mode.NAIVE_SPECULATIVE, GREEDY, Optional.of(true));
            GenerationStatistics statistics = generator.generate(request, QUIET).statistics();
            // over the same prompt a model of the same weights proposes only what stands
            assertThat(statistics.acceptedTokens() - statistics.lookupAcceptedTokens())
                    .isPositive()
                    .isEqualTo(statistics.draftedTokens() - statistics.lookupDraftedTokens());
        }
    }
}
