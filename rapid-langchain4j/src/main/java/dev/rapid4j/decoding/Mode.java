package dev.rapid4j.decoding;

/** Who reads what, and who writes the answer. */
public enum Mode {
    /**
     * The drafter reads the retrieved passages and proposes, the target reads everything, learns from it and verifies.
     */
    RAPID,
    /** As {@link #RAPID} with a margin of 0: the answer follows the target's own distribution exactly. */
    SPECULATIVE,
    /** The target alone, token by token, over the whole text. */
    LONG_CONTEXT,
    /** The drafter alone over the retrieved passages; the whole text is never read. */
    RETRIEVAL_ONLY
}
