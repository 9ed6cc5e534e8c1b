package dev.rapid4j.internal.model;

/**
 * A KV cache seen as the first and the last tokens of another. They stay at the positions they have there, and what is
 * appended goes on at the other's next position, as if it were there; it only does not attend to the tokens between.
 */
public final class CacheEnds implements TokenCache {

    private final KeyValueCache rows;
    private int copied;
    private int skipped;

    /** @param rows what it is to be copied into; not closed by this */
    public CacheEnds(KeyValueCache rows) {
        this.rows = rows;
    }

    /**
     * Copies the ends of a cache of the same model, in place of what is here.
     *
     * @throws IllegalArgumentException if the source holds less than {@code first + last} tokens, or there is room for
     *     less
     */
    public void copy(KeyValueCache source, int first, int last) {
        int count = Math.addExact(first, last);
        if (first < 0 || last < 0 || count > source.length() || count > capacity()) {
            throw new IllegalArgumentException("Cannot copy %d and %d of %d tokens to a KV cache for %d"
                    .formatted(first, last, source.length(), capacity()));
        }
        rows.copyEnds(source, first, last);
        copied = count;
        skipped = source.length() - count;
    }

    @Override
    public KeyValueCache keysAndValues() {
        return rows;
    }

    @Override
    public int skipped() {
        return skipped;
    }

    /** At most to the tokens that were copied. */
    @Override
    public void truncate(int length) {
        if (length < copied) {
            throw new IllegalArgumentException("Cannot roll back from " + length() + " tokens to " + length);
        }
        rows.truncate(length);
    }
}
