package dev.rapid4j;

import java.time.Duration;

/**
 * What a generation took.
 *
 * @param targetPromptTokens tokens of the prompt the target read; 0 in {@link Mode#RETRIEVAL_ONLY}
 * @param drafterPromptTokens tokens of the prompt the drafter read; 0 where only the target reads: in
 *     {@link Mode#LONG_CONTEXT} and {@link Mode#PASSAGE_ATTENTION}, where it drafts over its own KV cache, and where it
 *     did not pay to draft
 * @param attendedTokens tokens of a prompt that were attended to while drafting, or in {@link Mode#PASSAGE_ATTENTION}
 *     while writing; 0 where no model has drafted, nor learned from one
 * @param cachedTokens prompt tokens of both that were found in KV caches of earlier requests
 * @param restoredTokens of these, those that were read from the {@link RapidEngine.Builder#cacheDirectory
 *     cacheDirectory}; the others were in memory
 * @param retrieval time for choosing the drafter's passages
 * @param prefill time for reading the prompts; what the target reads while passages are searched for is not counted
 * @param decoding time from the end of the prefill to the last token
 * @param drafting of that, the time in which tokens were proposed, and in which a drafter read its prompt if that was
 *     put off; nearly all the rest is verification
 * @param rounds verifications by the target, each one pass
 * @param roundsWithoutDraft of these, in how many nothing was proposed
 * @param draftedTokens tokens that were proposed, by the drafter, by lookup, or by what the answer is held to
 * @param acceptedTokens of these, how many the target accepted
 * @param lookupDraftedTokens of the proposed tokens, those that lookup found
 * @param lookupAcceptedTokens of these, how many the target accepted
 * @param grammarDraftedTokens of the proposed tokens, those that followed from what the answer is held to, such as a
 *     JSON schema; also those that took no verification, as there was no other
 * @param grammarAcceptedTokens of these, how many the target accepted, or had no choice but to
 * @param emittedTokens tokens of the answer, without the end token
 */
public record GenerationStatistics(
        int targetPromptTokens,
        int drafterPromptTokens,
        int attendedTokens,
        int cachedTokens,
        int restoredTokens,
        Duration retrieval,
        Duration prefill,
        Duration decoding,
        Duration drafting,
        int rounds,
        int roundsWithoutDraft,
        int draftedTokens,
        int acceptedTokens,
        int lookupDraftedTokens,
        int lookupAcceptedTokens,
        int grammarDraftedTokens,
        int grammarAcceptedTokens,
        int emittedTokens) {

    /** Tokens of the answer in a second of decoding; prefill and retrieval not counted. 0 if there are none. */
    public double tokensPerSecond() {
        return emittedTokens == 0 ? 0 : emittedTokens / (Math.max(1, decoding.toNanos()) / 1e9);
    }

    /** The share of drafted tokens that were accepted, 0 to 1, whoever proposed them. 0 if none were drafted. */
    public double acceptanceRate() {
        return draftedTokens == 0 ? 0 : (double) acceptedTokens / draftedTokens;
    }

    public GenerationStatistics withRetrieval(Duration retrieval) {
        return new GenerationStatistics(
                targetPromptTokens,
                drafterPromptTokens,
                attendedTokens,
                cachedTokens,
                restoredTokens,
                retrieval,
                prefill,
                decoding,
                drafting,
                rounds,
                roundsWithoutDraft,
                draftedTokens,
                acceptedTokens,
                lookupDraftedTokens,
                lookupAcceptedTokens,
                grammarDraftedTokens,
                grammarAcceptedTokens,
                emittedTokens);
    }
}
