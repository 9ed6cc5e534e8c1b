package dev.rapid4j;

/** Where a token of an answer comes from. */
public enum TokenSource {
    /** The model that writes chose it: the target, and in {@link Mode#RETRIEVAL_ONLY} the drafter. */
    TARGET,
    /** The drafter proposed it, and the target accepted it. */
    DRAFTER,
    /** It followed the same words in the prompt or earlier in the answer, and the target accepted it. */
    LOOKUP,
    /**
     * What the answer is held to, such as a JSON schema, left no other, so that no model was asked; or it spelled what
     * had to come, and the target accepted it.
     */
    GRAMMAR
}
