package dev.rapid4j.internal.model;

/** Tokens that a model has read, as it goes on reading behind them. Not safe for use by several threads at once. */
public sealed interface TokenCache permits KeyValueCache, CacheRows {

    /** The keys and values of the tokens. */
    KeyValueCache keysAndValues();

    /** Positions that are left out: a token that comes next has position {@code length() + skipped()}. */
    int skipped();

    /** Rolls back to the first {@code length} tokens; the keys and values of the others are overwritten later. */
    void truncate(int length);

    /** Tokens whose keys and values are there. */
    default int length() {
        return keysAndValues().length();
    }

    /** Tokens there is room for. */
    default int capacity() {
        return keysAndValues().capacity();
    }

    /**
     * How many of the cached tokens, from the first on, are the first {@code length} of others.
     *
     * @param known so many are known to be
     */
    default int commonPrefix(int[] others, int known, int length) {
        return keysAndValues().commonPrefix(others, known, length);
    }
}
