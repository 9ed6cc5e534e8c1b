package dev.rapid4j.internal.model;

import java.util.BitSet;

/**
 * A KV cache seen as chosen tokens of another. They stay at the positions they have there, and what is appended goes on
 * at the other's next position, as if it were there; it only does not attend to the tokens that were left out. In
 * layers whose attention slides over a window none is.
 */
public final class CacheRows implements TokenCache {

    private final KeyValueCache rows;
    private int copied;

    /** @param rows what they are to be copied into, a {@link CacheExtent#WINDOW_OF_ANOTHER}; not closed by this */
    public CacheRows(KeyValueCache rows) {
        this.rows = rows;
    }

    /**
     * Copies tokens of a cache of the same model, in place of what is here.
     *
     * @param chosen which of the source's tokens, from 0
     * @throws IllegalArgumentException if the source does not hold all of them, or there is room for less
     */
    public void copy(KeyValueCache source, BitSet chosen) {
        int count = chosen.cardinality();
        if (chosen.length() > source.length() || count > capacity()) {
            throw new IllegalArgumentException("Cannot copy %d tokens up to %d of %d to a KV cache for %d"
                    .formatted(count, chosen.length(), source.length(), capacity()));
        }
        rows.copyRows(source, chosen);
        copied = count;
    }

    @Override
    public KeyValueCache keysAndValues() {
        return rows;
    }

    @Override
    public int skipped() {
        return rows.skipped();
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
