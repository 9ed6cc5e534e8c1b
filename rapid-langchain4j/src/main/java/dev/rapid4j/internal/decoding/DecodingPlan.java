package dev.rapid4j.internal.decoding;

import dev.rapid4j.Mode;
import dev.rapid4j.internal.decoding.DraftSource.CacheEnds;
import dev.rapid4j.internal.decoding.DraftSource.ModelDrafting;
import dev.rapid4j.internal.decoding.DraftSource.NoDrafting;

/**
 * What a mode means for a request, decided here and nowhere else: all that answers the request asks its plan.
 *
 * @param mode what the plan is called
 * @param writer whose prompt is answered, and who has the last word on each token
 * @param draftSource what proposes tokens to the writer
 * @param margin η of the paper: how far the writer's distribution moves towards the drafter's
 */
public record DecodingPlan(Mode mode, Writer writer, DraftSource draftSource, double margin) {

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
     */
    public static DecodingPlan of(Mode mode, double margin, int draftContextTokens) {
        return switch (mode) {
            case RAPID -> new DecodingPlan(mode, Writer.TARGET, ModelDrafting.OVER_PASSAGES, margin);
            case SPECULATIVE -> new DecodingPlan(mode, Writer.TARGET, ModelDrafting.OVER_PASSAGES, 0);
            case NAIVE_SPECULATIVE -> new DecodingPlan(mode, Writer.TARGET, ModelDrafting.OVER_WHOLE_PROMPT, 0);
            case STREAMING_DRAFT -> new DecodingPlan(mode, Writer.TARGET, new CacheEnds(draftContextTokens), 0);
            case LONG_CONTEXT -> alone(mode, Writer.TARGET);
            case RETRIEVAL_ONLY -> alone(mode, Writer.DRAFTER);
        };
    }

    private static DecodingPlan alone(Mode mode, Writer writer) {
        return new DecodingPlan(mode, writer, new NoDrafting(), 0);
    }

    /**
     * The plan for a prompt that is known: where the target would draft for itself with all of the prompt before it, it
     * answers alone.
     *
     * @param promptTokens tokens of the target's prompt
     * @param targetDraftsToo whether target and drafter are one model
     * @param passages whether the drafter's prompt has passages in place of long texts
     */
    public DecodingPlan forPrompt(int promptTokens, boolean targetDraftsToo, boolean passages) {
        return draftSource.gainsNothing(promptTokens, targetDraftsToo, passages)
                ? alone(Mode.LONG_CONTEXT, Writer.TARGET)
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
