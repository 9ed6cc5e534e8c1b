package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.DraftContext;
import dev.rapid4j.Mode;
import dev.rapid4j.internal.decoding.DecodingPlan.Writer;
import dev.rapid4j.internal.decoding.DraftSource.CacheEnds;
import dev.rapid4j.internal.decoding.DraftSource.ModelDrafting;
import dev.rapid4j.internal.decoding.DraftSource.NoDrafting;
import dev.rapid4j.internal.decoding.DraftSource.PassageRows;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DecodingPlanTest {

    private static DecodingPlan plan(Mode mode) {
        return plan(mode, DraftContext.PASSAGE_PROMPT);
    }

    private static DecodingPlan plan(Mode mode, DraftContext draftContext) {
        return DecodingPlan.of(mode, 10, false, 32, Optional.empty(), draftContext, true);
    }

    private static PromptTokens prompt(int tokens) {
        return new PromptTokens(new int[tokens], new int[1]);
    }

    private static PromptTokens withRows(int tokens) {
        return new PromptTokens(new int[tokens], new int[1], Optional.of(new BitSet()));
    }

    @Test
    void aModeSaysWhoWritesWhatDraftsAndByHowMuchTheWriterMoves() {
        assertThat(Arrays.stream(Mode.values()).map(DecodingPlanTest::plan))
                .containsExactlyInAnyOrder(
                        new DecodingPlan(Mode.RAPID, Writer.TARGET, ModelDrafting.OVER_PASSAGES, 10, false, false),
                        new DecodingPlan(Mode.SPECULATIVE, Writer.TARGET, ModelDrafting.OVER_PASSAGES, 0, false, true),
                        new DecodingPlan(
                                Mode.NAIVE_SPECULATIVE, Writer.TARGET, ModelDrafting.OVER_WHOLE_PROMPT, 0, false, true),
                        new DecodingPlan(Mode.STREAMING_DRAFT, Writer.TARGET, new CacheEnds(32), 0, false, true),
                        new DecodingPlan(Mode.LONG_CONTEXT, Writer.TARGET, new NoDrafting(), 0, false, false),
                        new DecodingPlan(
                                Mode.PASSAGE_ATTENTION, Writer.TARGET_OVER_PASSAGES, new NoDrafting(), 0, false, false),
                        new DecodingPlan(Mode.RETRIEVAL_ONLY, Writer.DRAFTER, new NoDrafting(), 0, false, false));
    }

    private static DecodingPlan plan(Mode mode, double margin, Optional<Boolean> lookup) {
        return DecodingPlan.of(mode, margin, false, 32, lookup, DraftContext.PASSAGE_PROMPT, true);
    }

    @Test
    void tokensAreLookedUpByDefaultWhereThatDoesNotChangeTheAnswerAndElseWhereItIsAskedFor() {
        assertThat(plan(Mode.RAPID, 0, Optional.empty()).lookup()).isTrue();
        for (Mode mode : Mode.values()) {
            for (boolean asked : new boolean[] {true, false}) {
                assertThat(plan(mode, 10, Optional.of(asked)).lookup())
                        .as("%s", mode)
                        .isEqualTo(asked);
            }
        }
    }

    @Test
    void theTargetMayDraftOverItsOwnRowsInPlaceOfAPrompt() {
        assertThat(plan(Mode.RAPID, DraftContext.PASSAGE_ROWS))
                .isEqualTo(new DecodingPlan(Mode.RAPID, Writer.TARGET, new PassageRows(), 10, false, false))
                .satisfies(plan -> assertThat(plan.draftContext()).contains(DraftContext.PASSAGE_ROWS));
        assertThat(plan(Mode.SPECULATIVE, DraftContext.PASSAGE_ROWS))
                .isEqualTo(new DecodingPlan(Mode.SPECULATIVE, Writer.TARGET, new PassageRows(), 0, false, true));
        assertThat(plan(Mode.RAPID).draftContext()).contains(DraftContext.PASSAGE_PROMPT);
        for (Mode mode : EnumSet.complementOf(EnumSet.of(Mode.RAPID, Mode.SPECULATIVE))) {
            assertThat(plan(mode, DraftContext.PASSAGE_ROWS)).isEqualTo(plan(mode));
            assertThat(plan(mode).draftContext()).isEmpty();
        }
    }

    @Test
    void byDefaultTheTargetDraftsOverItsRowsWhereTheAnswerIsExactlyItsOwn() {
        DraftSource rows = new PassageRows();
        DraftSource prompt = ModelDrafting.OVER_PASSAGES;
        assertThat(automatic(Mode.SPECULATIVE, 10, true)).isEqualTo(rows);
        assertThat(automatic(Mode.RAPID, 0, true)).isEqualTo(rows);
        assertThat(automatic(Mode.RAPID, 10, true)).isEqualTo(prompt);
        assertThat(automatic(Mode.SPECULATIVE, 10, false)).isEqualTo(prompt);
    }

    private static DraftSource automatic(Mode mode, double margin, boolean targetDraftsToo) {
        return DecodingPlan.of(mode, margin, false, 32, Optional.empty(), DraftContext.AUTO, targetDraftsToo)
                .draftSource();
    }

    @Test
    void wherePassagesAreNotFoundInThePromptOneOfPassagesIsRead() {
        DecodingPlan rows = plan(Mode.RAPID, DraftContext.PASSAGE_ROWS);
        DecodingPlan attention = plan(Mode.PASSAGE_ATTENTION);
        DecodingPlan alone = plan(Mode.LONG_CONTEXT);

        assertThat(rows.forPrompt(withRows(1000), true, true)).isEqualTo(rows);
        assertThat(rows.forPrompt(prompt(1000), true, true)).isEqualTo(plan(Mode.RAPID));
        assertThat(rows.forPrompt(prompt(1000), true, false)).isEqualTo(alone);
        assertThat(rows.forPrompt(prompt(1000), false, false)).isEqualTo(plan(Mode.RAPID));
        assertThat(attention.forPrompt(withRows(1000), true, true)).isEqualTo(attention);
        assertThat(attention.forPrompt(prompt(1000), true, true)).isEqualTo(alone);
    }

    @Test
    void passagesAreNeededWhereTheDrafterReadsWithoutTheWholePrompt() {
        for (Mode mode : Mode.values()) {
            DecodingPlan plan = plan(mode);
            boolean overPassages = plan.draftSource() == ModelDrafting.OVER_PASSAGES
                    || plan.writer() == Writer.TARGET_OVER_PASSAGES
                    || !plan.targetReads();
            assertThat(plan.needsPassages()).as("%s", mode).isEqualTo(overPassages);
        }
    }

    @Test
    void aTargetThatWouldDraftWithAllOfItsPromptBeforeItAnswersAlone() {
        DecodingPlan alone = plan(Mode.LONG_CONTEXT);

        assertThat(plan(Mode.RAPID).forPrompt(prompt(1000), true, false)).isEqualTo(alone);
        assertThat(plan(Mode.RAPID).forPrompt(prompt(1000), true, true)).isEqualTo(plan(Mode.RAPID));
        assertThat(plan(Mode.RAPID).forPrompt(prompt(1000), false, false)).isEqualTo(plan(Mode.RAPID));
        assertThat(plan(Mode.STREAMING_DRAFT).forPrompt(prompt(32), false, false))
                .isEqualTo(plan(Mode.LONG_CONTEXT, 0, Optional.of(true)));
        assertThat(plan(Mode.STREAMING_DRAFT).forPrompt(prompt(33), true, false))
                .isEqualTo(plan(Mode.STREAMING_DRAFT));
        assertThat(plan(Mode.RETRIEVAL_ONLY).forPrompt(prompt(1), true, false)).isEqualTo(plan(Mode.RETRIEVAL_ONLY));
    }

    @Test
    void aDraftContextOfNothingIsRefused() {
        assertThatThrownBy(() -> DecodingPlan.of(
                        Mode.STREAMING_DRAFT, 0, false, 0, Optional.empty(), DraftContext.PASSAGE_PROMPT, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("draftContextTokens must be from 1");
    }
}
