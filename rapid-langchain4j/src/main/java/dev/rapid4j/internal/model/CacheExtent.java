package dev.rapid4j.internal.model;

/**
 * What a KV cache keeps of the layers whose attention slides over a window; of all others it keeps every token.
 *
 * @param rollBack how many tokens can be taken back at least
 */
public record CacheExtent(Kind kind, int rollBack) {

    /** Room for a question, and for what is drafted. */
    static final int LEAST_ROLL_BACK = 1024;

    /** The window, and a question and an answer of usual length, so that another one can be asked instead. */
    public static final CacheExtent WINDOW = window(LEAST_ROLL_BACK);

    /** The window of another cache, and what is read behind it: for {@link CacheRows}. */
    public static final CacheExtent WINDOW_OF_ANOTHER = new CacheExtent(Kind.WINDOW_OF_ANOTHER, LEAST_ROLL_BACK);

    /** Every token, so that it can be written to a file. */
    public static final CacheExtent ALL = new CacheExtent(Kind.ALL, Integer.MAX_VALUE);

    enum Kind {
        WINDOW,
        WINDOW_OF_ANOTHER,
        ALL
    }

    /**
     * The window, and what has to be there so that after an answer another question can be asked in place of the one
     * before it.
     *
     * @param answer most tokens of the answer
     */
    public static CacheExtent window(int answer) {
        return new CacheExtent(
                Kind.WINDOW, (int) Math.min(Integer.MAX_VALUE, (long) LEAST_ROLL_BACK + Math.max(0, answer)));
    }
}
