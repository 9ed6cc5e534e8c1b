package dev.rapid4j.internal.model;

/** What a KV cache keeps of the layers whose attention slides over a window; of all others it keeps every token. */
public enum CacheExtent {

    /** The window, and as much more as a conversation may be rolled back. */
    WINDOW,

    /** The window of another cache, and what is read behind it: for {@link CacheRows}. */
    WINDOW_OF_ANOTHER,

    /** Every token, so that it can be written to a file. */
    ALL
}
