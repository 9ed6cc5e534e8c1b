package dev.rapid4j.internal.decoding;

/**
 * What to answer, and how.
 *
 * @param seed fixes the random draws and so, on one machine, the answer
 * @param maxTokens most tokens of the answer; at least 1
 */
public record GenerationRequest(
        PromptTokens prompts,
        DecodingPlan plan,
        SamplingParameters sampling,
        SpeculationParameters speculation,
        long seed,
        int maxTokens) {

    /** @throws IllegalArgumentException if the limit is not positive */
    public GenerationRequest {
        Ranges.check("maxTokens", maxTokens, 1, Integer.MAX_VALUE);
    }

    /**
     * How long drafts are. Where the answer learns only where there is a draft, lengths have a say in it: then as long
     * as the authors'. Else by what pays; but where chance or such lengths have a part, not by the clock, so that the
     * seed alone fixes the answer.
     *
     * @param experience with the plan's models
     */
    DraftLengths draftLengths(Experience experience) {
        int tokens = speculation.draftTokens();
        if (tokens != SpeculationParameters.AUTOMATIC) {
            return DraftLengths.fixed(tokens);
        }
        boolean changeTheAnswer = plan.margin() > 0 && !plan.learnsThroughout();
        if (changeTheAnswer && !plan.lookup()) {
            return DraftLengths.fixed(SpeculationParameters.USUAL_DRAFT_TOKENS);
        }
        return sampling.greedy() && !changeTheAnswer
                ? AutomaticLengths.of(experience)
                : AutomaticLengths.reproducible(experience);
    }

    /** What the model that writes reads. */
    int[] writerPrompt() {
        return plan.targetReads() ? prompts.target() : prompts.drafter();
    }
}
