package dev.rapid4j.internal.decoding;

import dev.rapid4j.DraftContext;
import dev.rapid4j.Mode;
import dev.rapid4j.internal.decoding.DraftSource.CacheEnds;
import dev.rapid4j.internal.decoding.DraftSource.ModelDrafting;
import dev.rapid4j.internal.decoding.DraftSource.NoDrafting;
import dev.rapid4j.internal.decoding.DraftSource.PassageRows;
import java.util.Optional;

/**
 * What a mode means for a request, decided here and nowhere else: all that answers the request asks its plan.
 *
 * @param mode what the plan is called
 * @param writer whose prompt is answered, and who has the last word on each token
 * @param draftSource what proposes tokens to the writer
 * @param margin η of the paper: how far the writer's distribution moves towards the drafter's
 * @param learnsThroughout with a margin: whether each token of the answer follows Eq. 6; else those for which there was
 *     a draft, and the one after it follows the writer alone
 * @param lookup whether tokens are proposed before all else that followed the last ones earlier in the writer's prompt
 *     or the answer
 */
public record DecodingPlan(
        Mode mode, Writer writer, DraftSource draftSource, double margin, boolean learnsThroughout, boolean lookup) {

    /** Which of the two models answers, and what it attends to. */
    public enum Writer {
        TARGET,
        /** Once it has read everything, the target attends to {@link PassageRows} only. */
        TARGET_OVER_PASSAGES,
        DRAFTER
    }

    /**
     * The plan for a mode.
     *
     * @param margin what a mode that has one moves by
     * @param draftContextTokens most tokens of the prompt that the target attends to where it drafts over the ends of
     *     its cache; at least 1
     * @param learnEveryToken whether a mode that has a margin moves all tokens by it
     * @param lookup whether tokens are looked up; empty: where drafting does not change the answer. Where the writer
     *     learns from drafts only it does, as from a lookup there is nothing to learn
     * @param draftContext what is attended to for drafting over passages
     * @param targetDraftsToo whether target and drafter are one model
     */
    public static DecodingPlan of(
            Mode mode,
            double margin,
            boolean learnEveryToken,
            int draftContextTokens,
            Optional<Boolean> lookup,
            DraftContext draftContext,
            boolean targetDraftsToo) {
        boolean learns = mode == Mode.RAPID && margin > 0;
        boolean rows = switch (draftContext) {
            case AUTO -> targetDraftsToo && !learns;
            case PASSAGE_PROMPT -> false;
            case PASSAGE_ROWS -> true;
        };
        DraftSource overPassages = rows ? new PassageRows() : ModelDrafting.OVER_PASSAGES;
        boolean throughout = learns && learnEveryToken;
        boolean looksUp = lookup.orElse(!learns || throughout);
        return switch (mode) {
            case RAPID -> new DecodingPlan(mode, Writer.TARGET, overPassages, margin, throughout, looksUp);
            case SPECULATIVE -> new DecodingPlan(mode, Writer.TARGET, overPassages, 0, false, looksUp);
            case NAIVE_SPECULATIVE ->
                new DecodingPlan(mode, Writer.TARGET, ModelDrafting.OVER_WHOLE_PROMPT, 0, false, looksUp);
            case STREAMING_DRAFT ->
                new DecodingPlan(mode, Writer.TARGET, new CacheEnds(draftContextTokens), 0, false, looksUp);
            case LONG_CONTEXT -> alone(mode, Writer.TARGET, lookup.orElse(false));
            case PASSAGE_ATTENTION -> alone(mode, Writer.TARGET_OVER_PASSAGES, lookup.orElse(false));
            case RETRIEVAL_ONLY -> alone(mode, Writer.DRAFTER, lookup.orElse(false));
        };
    }

    private static DecodingPlan alone(Mode mode, Writer writer, boolean lookup) {
        return new DecodingPlan(mode, writer, new NoDrafting(), 0, false, lookup);
    }

    /**
     * The plan for a prompt that is known. Where passages are not to be found in it, the drafter reads a prompt of
     * them. Where the target would draft for itself with all of the prompt before it, or attend to all of it, it
     * answers alone, but for what is looked up.
     *
     * @param targetDraftsToo whether target and drafter are one model
     * @param passages whether the drafter's prompt has passages in place of long texts
     */
    public DecodingPlan forPrompt(PromptTokens prompts, boolean targetDraftsToo, boolean passages) {
        boolean rows = prompts.passageRows().isPresent();
        if (draftSource instanceof PassageRows && !rows) {
            return new DecodingPlan(mode, writer, ModelDrafting.OVER_PASSAGES, margin, learnsThroughout, lookup)
                    .forPrompt(prompts, targetDraftsToo, passages);
        }
        boolean attendsToAll = writer == Writer.TARGET_OVER_PASSAGES && !rows;
        return attendsToAll || draftSource.gainsNothing(prompts.target().length, targetDraftsToo, passages)
                ? alone(Mode.LONG_CONTEXT, Writer.TARGET, lookup)
                : this;
    }

    /**
     * Whether somebody attends to passages as they stand in the target's prompt, so that they have to be found there.
     */
    public boolean needsPassageRows() {
        return draftSource instanceof PassageRows || writer == Writer.TARGET_OVER_PASSAGES;
    }

    /** What the model that drafts over passages attends to; empty if none does. */
    public Optional<DraftContext> draftContext() {
        if (draftSource instanceof PassageRows) {
            return Optional.of(DraftContext.PASSAGE_ROWS);
        }
        return draftSource == ModelDrafting.OVER_PASSAGES ? Optional.of(DraftContext.PASSAGE_PROMPT) : Optional.empty();
    }

    /** Whether the drafter's prompt has passages in place of long texts, so that they have to be found. */
    public boolean needsPassages() {
        return mode.retrieves();
    }

    /** Whether it takes a drafter that is another model than the target. */
    public boolean needsAnotherModel() {
        return draftSource == ModelDrafting.OVER_WHOLE_PROMPT;
    }

    /** Whether the answer learns from drafts only, so that what is drafted, and how much, has a say in it. */
    boolean draftsChangeTheAnswer() {
        return margin > 0 && !learnsThroughout;
    }

    /** Whether the target reads a prompt. */
    public boolean targetReads() {
        return writer != Writer.DRAFTER;
    }

    /** Whether the drafter reads a prompt; with {@link PassageRows} only where they are not found. */
    public boolean drafterReads() {
        return writer == Writer.DRAFTER || draftSource instanceof ModelDrafting || draftSource instanceof PassageRows;
    }
}
