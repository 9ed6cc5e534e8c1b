package dev.rapid4j;

/** Who reads what, and who writes the answer. */
public enum Mode {
    /**
     * The drafter reads the retrieved passages and proposes, the target reads everything, learns from it and verifies.
     */
    RAPID,
    /** As {@link #RAPID} with a margin of 0: the answer follows the target's own distribution exactly. */
    SPECULATIVE,
    /**
     * Speculative decoding without retrieval: a drafter of its own reads everything, too, and proposes. The answer
     * follows the target's distribution exactly.
     */
    NAIVE_SPECULATIVE,
    /**
     * Self-speculation without retrieval (MagicDec, arXiv 2408.11049): the target reads everything, and proposes to
     * itself while it attends to the first and the last tokens only. The answer follows its distribution exactly.
     */
    STREAMING_DRAFT,
    /** The target alone, token by token, over the whole text. */
    LONG_CONTEXT,
    /**
     * The target alone: it reads everything, and writes while it attends to the retrieved passages only, as they stand
     * in the text it has read, and to all outside the long text.
     */
    PASSAGE_ATTENTION,
    /** The drafter alone over the retrieved passages; the whole text is never read. */
    RETRIEVAL_ONLY;

    /** Whether passages are retrieved from the text. */
    public boolean retrieves() {
        return switch (this) {
            case RAPID, SPECULATIVE, PASSAGE_ATTENTION, RETRIEVAL_ONLY -> true;
            case NAIVE_SPECULATIVE, STREAMING_DRAFT, LONG_CONTEXT -> false;
        };
    }
}
