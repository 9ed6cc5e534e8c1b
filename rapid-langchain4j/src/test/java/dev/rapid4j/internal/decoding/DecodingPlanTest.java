package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.Mode;
import dev.rapid4j.internal.decoding.DecodingPlan.Writer;
import dev.rapid4j.internal.decoding.DraftSource.CacheEnds;
import dev.rapid4j.internal.decoding.DraftSource.ModelDrafting;
import dev.rapid4j.internal.decoding.DraftSource.NoDrafting;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DecodingPlanTest {

    private static DecodingPlan plan(Mode mode) {
        return DecodingPlan.of(mode, 10, 32, Optional.empty());
    }

    @Test
    void aModeSaysWhoWritesWhatDraftsAndByHowMuchTheWriterMoves() {
        assertThat(Arrays.stream(Mode.values()).map(DecodingPlanTest::plan))
                .containsExactlyInAnyOrder(
                        new DecodingPlan(Mode.RAPID, Writer.TARGET, ModelDrafting.OVER_PASSAGES, 10, false),
                        new DecodingPlan(Mode.SPECULATIVE, Writer.TARGET, ModelDrafting.OVER_PASSAGES, 0, true),
                        new DecodingPlan(
                                Mode.NAIVE_SPECULATIVE, Writer.TARGET, ModelDrafting.OVER_WHOLE_PROMPT, 0, true),
                        new DecodingPlan(Mode.STREAMING_DRAFT, Writer.TARGET, new CacheEnds(32), 0, true),
                        new DecodingPlan(Mode.LONG_CONTEXT, Writer.TARGET, new NoDrafting(), 0, false),
                        new DecodingPlan(Mode.RETRIEVAL_ONLY, Writer.DRAFTER, new NoDrafting(), 0, false));
    }

    @Test
    void tokensAreLookedUpByDefaultWhereThatDoesNotChangeTheAnswerAndElseWhereItIsAskedFor() {
        assertThat(DecodingPlan.of(Mode.RAPID, 0, 32, Optional.empty()).lookup())
                .isTrue();
        for (Mode mode : Mode.values()) {
            for (boolean asked : new boolean[] {true, false}) {
                assertThat(DecodingPlan.of(mode, 10, 32, Optional.of(asked)).lookup())
                        .as("%s", mode)
                        .isEqualTo(asked);
            }
        }
    }

    @Test
    void passagesAreNeededWhereTheDrafterReadsWithoutTheWholePrompt() {
        for (Mode mode : Mode.values()) {
            DecodingPlan plan = plan(mode);
            boolean overPassages = plan.draftSource() == ModelDrafting.OVER_PASSAGES || !plan.targetReads();
            assertThat(plan.needsPassages()).as("%s", mode).isEqualTo(overPassages);
        }
    }

    @Test
    void aTargetThatWouldDraftWithAllOfItsPromptBeforeItAnswersAlone() {
        DecodingPlan alone = plan(Mode.LONG_CONTEXT);

        assertThat(plan(Mode.RAPID).forPrompt(1000, true, false)).isEqualTo(alone);
        assertThat(plan(Mode.RAPID).forPrompt(1000, true, true)).isEqualTo(plan(Mode.RAPID));
        assertThat(plan(Mode.RAPID).forPrompt(1000, false, false)).isEqualTo(plan(Mode.RAPID));
        assertThat(plan(Mode.STREAMING_DRAFT).forPrompt(32, false, false))
                .isEqualTo(DecodingPlan.of(Mode.LONG_CONTEXT, 0, 32, Optional.of(true)));
        assertThat(plan(Mode.STREAMING_DRAFT).forPrompt(33, true, false)).isEqualTo(plan(Mode.STREAMING_DRAFT));
        assertThat(plan(Mode.RETRIEVAL_ONLY).forPrompt(1, true, false)).isEqualTo(plan(Mode.RETRIEVAL_ONLY));
    }

    @Test
    void aDraftContextOfNothingIsRefused() {
        assertThatThrownBy(() -> DecodingPlan.of(Mode.STREAMING_DRAFT, 0, 0, Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("draftContextTokens must be from 1");
    }
}
