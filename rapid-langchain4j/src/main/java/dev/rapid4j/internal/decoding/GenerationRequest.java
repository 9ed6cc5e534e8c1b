package dev.rapid4j.internal.decoding;

/**
 * What to answer, and how.
 *
 * @param seed fixes the random draws and so, on one machine, the answer
 * @param maxTokens most tokens of the answer; at least 1
 * @param constraint what the answer may be
 */
public record GenerationRequest(
        PromptTokens prompts,
        DecodingPlan plan,
        SamplingParameters sampling,
        SpeculationParameters speculation,
        long seed,
        int maxTokens,
        Constraint constraint) {

    /** @throws IllegalArgumentException if the limit is not positive */
    public GenerationRequest {
        Ranges.check("maxTokens", maxTokens, 1, Integer.MAX_VALUE);
    }

    /** An answer that may be anything. */
    public GenerationRequest(
            PromptTokens prompts,
            DecodingPlan plan,
            SamplingParameters sampling,
            SpeculationParameters speculation,
            long seed,
            int maxTokens) {
        this(prompts, plan, sampling, speculation, seed, maxTokens, Constraint.NONE);
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
        if (plan.draftsChangeTheAnswer() && !plan.lookup()) {
            return DraftLengths.fixed(SpeculationParameters.USUAL_DRAFT_TOKENS);
        }
        return sampling.greedy() && !plan.draftsChangeTheAnswer()
                ? AutomaticLengths.of(experience)
                : AutomaticLengths.reproducible(experience);
    }

    /** What the model that writes reads. */
    int[] writerPrompt() {
        return plan.targetReads() ? prompts.target() : prompts.drafter();
    }
}
