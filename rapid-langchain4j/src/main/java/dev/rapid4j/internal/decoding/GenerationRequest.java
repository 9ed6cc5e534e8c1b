package dev.rapid4j.internal.decoding;

/**
 * What to answer, and how.
 *
 * @param seed fixes the random draws and so, on one machine, the answer
 */
public record GenerationRequest(
        PromptTokens prompts,
        DecodingPlan plan,
        SamplingParameters sampling,
        SpeculationParameters speculation,
        long seed,
        AnswerLimits limits) {

    /** What the model that writes reads. */
    int[] writerPrompt() {
        return plan.targetReads() ? prompts.target() : prompts.drafter();
    }
}
