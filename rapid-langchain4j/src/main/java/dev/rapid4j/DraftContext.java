package dev.rapid4j;

/**
 * What the model that drafts over passages attends to, in the modes {@link Mode#RAPID} and {@link Mode#SPECULATIVE}.
 */
public enum DraftContext {

    /**
     * {@link #PASSAGE_ROWS} where the target is its own drafter and the answer is exactly its own;
     * {@link #PASSAGE_PROMPT} where another model drafts, or the answer is to learn from the drafter (a margin above
     * 0): what has been read by itself is right more often.
     */
    AUTO,

    /** The drafter reads a prompt of its own, with the passages in place of the long texts, as in the paper. */
    PASSAGE_PROMPT,

    /**
     * The target drafts, over what its own KV cache holds of the passages and of all that stands outside the long
     * texts, at the positions they have there. Nothing is read for drafting. Where the passages are not found in the
     * target's prompt, because its middle was left out or the chat template has changed the text, the drafter reads a
     * prompt.
     */
    PASSAGE_ROWS
}
