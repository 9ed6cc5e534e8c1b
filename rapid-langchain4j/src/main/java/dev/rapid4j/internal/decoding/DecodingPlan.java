package dev.rapid4j.internal.decoding;

import dev.rapid4j.Mode;
import dev.rapid4j.internal.decoding.DraftSource.CacheEnds;
import dev.rapid4j.internal.decoding.DraftSource.ModelDrafting;
import dev.rapid4j.internal.decoding.DraftSource.NoDrafting;
import java.util.Optional;

/**
 * What a mode means for a request, decided here and nowhere else: all that answers the request asks its plan.
 *
 * @param mode what the plan is called
 * @param writer whose prompt is answered, and who has the last word on each token
 * @param draftSource what proposes tokens to the writer
 * @param margin η of the paper: how far the writer's distribution moves towards the drafter's
 * @param lookup whether tokens are proposed before all else that followed the last ones earlier in the writer's prompt
 *     or the answer
 */
public record DecodingPlan(Mode mode, Writer writer, DraftSource draftSource, double margin, boolean lookup) {

    /** Which of the two models answers. */
    public enum Writer {
        TARGET,
        DRAFTER
    }

    /**
     * The plan for a mode.
     *
     * @param margin what a mode that has one moves by
     * @param draftContextTokens most tokens of the prompt that the target attends to where it drafts over the ends of
     *     its cache; at least 1
     * @param lookup whether tokens are looked up; empty: where drafting does not change the answer. Where the writer
     *     learns from the drafter it does, as from a lookup there is nothing to learn
     */
    public static DecodingPlan of(Mode mode, double margin, int draftContextTokens, Optional<Boolean> lookup) {
        boolean exact = lookup.orElse(true);
        return switch (mode) {
            case RAPID ->
                new DecodingPlan(mode, Writer.TARGET, ModelDrafting.OVER_PASSAGES, margin, lookup.orElse(margin == 0));
            case SPECULATIVE -> new DecodingPlan(mode, Writer.TARGET, ModelDrafting.OVER_PASSAGES, 0, exact);
            case NAIVE_SPECULATIVE -> new DecodingPlan(mode, Writer.TARGET, ModelDrafting.OVER_WHOLE_PROMPT, 0, exact);
            case STREAMING_DRAFT -> new DecodingPlan(mode, Writer.TARGET, new CacheEnds(draftContextTokens), 0, exact);
            case LONG_CONTEXT -> alone(mode, Writer.TARGET, lookup.orElse(false));
            case RETRIEVAL_ONLY -> alone(mode, Writer.DRAFTER, lookup.orElse(false));
        };
    }

    private static DecodingPlan alone(Mode mode, Writer writer, boolean lookup) {
        return new DecodingPlan(mode, writer, new NoDrafting(), 0, lookup);
    }

    /**
     * The plan for a prompt that is known: where the target would draft for itself with all of the prompt before it, it
     * answers alone, but for what is looked up.
     *
     * @param promptTokens tokens of the target's prompt
     * @param targetDraftsToo whether target and drafter are one model
     * @param passages whether the drafter's prompt has passages in place of long texts
     */
    public DecodingPlan forPrompt(int promptTokens, boolean targetDraftsToo, boolean passages) {
        return draftSource.gainsNothing(promptTokens, targetDraftsToo, passages)
                ? alone(Mode.LONG_CONTEXT, Writer.TARGET, lookup)
                : this;
    }

    /** Whether the drafter's prompt has passages in place of long texts, so that they have to be found. */
    public boolean needsPassages() {
        return mode.retrieves();
    }

    /** Whether it takes a drafter that is another model than the target. */
    public boolean needsAnotherModel() {
        return draftSource == ModelDrafting.OVER_WHOLE_PROMPT;
    }

    /** Whether the target reads a prompt. */
    public boolean targetReads() {
        return writer == Writer.TARGET;
    }

    /** Whether the drafter reads a prompt. */
    public boolean drafterReads() {
        return writer == Writer.DRAFTER || draftSource instanceof ModelDrafting;
    }
}
