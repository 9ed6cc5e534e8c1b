package dev.rapid4j.internal.decoding;

import java.util.BitSet;

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

    /** The target, over chosen rows of its own KV cache: nothing is read for drafting. */
    sealed interface OwnRows extends DraftSource {

        /**
         * So many first tokens are always among the rows: they draw much of the attention whatever they say, and
         * without them the rest makes no sense (StreamingLLM, arXiv 2309.17453). As many as in the code of MagicDec's
         * authors.
         */
        int ATTENTION_SINKS = 16;

        /** The tokens of the target's prompt to attend to, without the last, which is read after them. */
        BitSet rows(PromptTokens prompts);
    }

    /**
     * The first and the last tokens of what the target has read (MagicDec, arXiv 2408.11049).
     *
     * @param tokens most tokens of the prompt to attend to; at least 1
     */
    record CacheEnds(int tokens) implements OwnRows {

        /** @throws IllegalArgumentException if the tokens are less than 1 */
        public CacheEnds {
            Ranges.check("draftContextTokens", tokens, 1, Integer.MAX_VALUE);
        }

        @Override
        public BitSet rows(PromptTokens prompts) {
            int cached = prompts.target().length - 1;
            int count = Math.min(cached, tokens - 1);
            int sinks = Math.min(count, ATTENTION_SINKS);
            BitSet rows = new BitSet(cached);
            rows.set(0, sinks);
            rows.set(cached - (count - sinks), cached);
            return rows;
        }

        @Override
        public boolean gainsNothing(int promptTokens, boolean targetDraftsToo, boolean passages) {
            return promptTokens <= tokens;
        }
    }

    /** The passages as the target has read them, and all that stands outside its long texts. */
    record PassageRows() implements OwnRows {

        /** Of a prompt that has them. */
        @Override
        public BitSet rows(PromptTokens prompts) {
            int cached = prompts.target().length - 1;
            BitSet rows = (BitSet) prompts.passageRows().orElseThrow().clone();
            rows.set(0, Math.min(cached, ATTENTION_SINKS));
            rows.clear(cached);
            return rows;
        }

        @Override
        public boolean gainsNothing(int promptTokens, boolean targetDraftsToo, boolean passages) {
            return !passages;
        }
    }
}
