package dev.rapid4j.internal.decoding;

/** What proposes tokens to the model that writes the answer. {@link Generator} makes the {@link Drafter} of each. */
public sealed interface DraftSource {

    /**
     * Whether it would be the target that drafts, with all of its prompt before it: it then proposes only what it
     * chooses anyway.
     *
     * @param promptTokens tokens of the target's prompt
     * @param targetDraftsToo whether target and drafter are one model
     * @param passages whether the drafter's prompt has passages in place of long texts
     */
    boolean gainsNothing(int promptTokens, boolean targetDraftsToo, boolean passages);

    /** Nothing: who writes does so token by token. */
    record NoDrafting() implements DraftSource {

        @Override
        public boolean gainsNothing(int promptTokens, boolean targetDraftsToo, boolean passages) {
            return false;
        }
    }

    /** The drafter, over a prompt that it reads itself. */
    enum ModelDrafting implements DraftSource {
        /** With passages in place of long texts. */
        OVER_PASSAGES,
        /** What the target reads, too. */
        OVER_WHOLE_PROMPT;

        @Override
        public boolean gainsNothing(int promptTokens, boolean targetDraftsToo, boolean passages) {
            return targetDraftsToo && !passages;
        }
    }

    /**
     * The target, over the first and last tokens of what it has read.
     *
     * @param tokens most tokens of the prompt to attend to; at least 1
     */
    record CacheEnds(int tokens) implements DraftSource {

        /** @throws IllegalArgumentException if the tokens are less than 1 */
        public CacheEnds {
            Ranges.check("draftContextTokens", tokens, 1, Integer.MAX_VALUE);
        }

        @Override
        public boolean gainsNothing(int promptTokens, boolean targetDraftsToo, boolean passages) {
            return promptTokens <= tokens;
        }
    }
}
