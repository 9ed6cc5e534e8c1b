package dev.rapid4j;

/** What to do with a prompt that is longer than the context window. */
public enum OversizedPromptPolicy {

    /** Refuse the request, naming the numbers. */
    REFUSE,

    /** Leave out the middle of the long text. The drafter's passages still come from the whole text. */
    SHORTEN_MIDDLE
}
