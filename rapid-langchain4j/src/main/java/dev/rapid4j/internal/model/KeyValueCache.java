package dev.rapid4j.internal.model;

import dev.rapid4j.internal.torch.DecoderProgram;
import java.util.Arrays;

/**
 * The keys and values of the tokens a model has read: tensors of fixed capacity, and which tokens its positions hold.
 * Not safe for use by several threads at once.
 */
public final class KeyValueCache implements AutoCloseable {

    private final LanguageModel model;
    private DecoderProgram.Cache tensors;
    private int[] tokens;
    private int length;
    /** Positions left out before the last of the tokens that were copied. */
    private int skipped;
    /** Tokens that were copied. */
    private int copied;

    KeyValueCache(LanguageModel model, DecoderProgram.Cache tensors, int capacity) {
        this.model = model;
        this.tensors = tensors;
        this.tokens = new int[capacity];
    }

    DecoderProgram.Cache tensors() {
        return tensors;
    }

    /** Tokens whose keys and values are there. */
    public int length() {
        return length;
    }

    /** Positions that are left out: a token that comes next has position {@code length() + skipped()}. */
    int skipped() {
        return skipped;
    }

    /** Tokens there is room for. */
    public int capacity() {
        return tokens.length;
    }

    /** Native memory held, in bytes. */
    public long bytes() {
        return model.cacheBytes(capacity());
    }

    /** How many of the cached tokens, from the first on, are the first {@code length} of others. */
    public int commonPrefix(int[] others, int length) {
        int difference = Arrays.mismatch(tokens, 0, this.length, others, 0, length);
        return difference < 0 ? length : difference;
    }

    /** Rolls back to the first {@code length} tokens; the keys and values of the others are overwritten later. */
    public void truncate(int length) {
        if (length < copied || length > this.length) {
            throw new IllegalArgumentException("Cannot roll back from " + this.length + " tokens to " + length);
        }
        this.length = length;
    }

    /**
     * Copies the first and the last tokens of another cache of the same model in place of what is here. They stay at
     * the positions they have there, and what is appended goes on at the other's next position, as if it were there; it
     * only does not attend to the tokens between. Rolling back beyond the copied tokens is not possible.
     *
     * @throws IllegalArgumentException if the other cache holds less than {@code first + last} tokens, or this one has
     *     room for less
     */
    public void copyEnds(KeyValueCache source, int first, int last) {
        int count = Math.addExact(first, last);
        if (first < 0 || last < 0 || count > source.length || count > capacity() || source.skipped > 0) {
            throw new IllegalArgumentException("Cannot copy %d and %d of %d tokens to a KV cache for %d"
                    .formatted(first, last, source.length, capacity()));
        }
        model.copyEnds(tensors, source.tensors, source.length, first, last);
        System.arraycopy(source.tokens, 0, tokens, 0, first);
        System.arraycopy(source.tokens, source.length - last, tokens, first, last);
        length = count;
        copied = count;
        skipped = source.length - count;
    }

    /** Says which tokens a program has just put behind those that were there. */
    void appended(int[] ids) {
        if (ids.length > capacity() - length) {
            throw new IllegalStateException(
                    "The KV cache has room for " + capacity() + " tokens, not for " + ((long) length + ids.length));
        }
        System.arraycopy(ids, 0, tokens, length, ids.length);
        length += ids.length;
    }

    /**
     * Makes room for {@code capacity} tokens in all, copying what is there if that is more than before. While it
     * copies, both tensors are in memory.
     */
    public void ensureCapacity(int capacity) {
        if (capacity > capacity()) {
            DecoderProgram.Cache grown = model.growCache(tensors, length, capacity);
            tensors.close();
            tensors = grown;
            tokens = Arrays.copyOf(tokens, capacity);
        }
    }

    @Override
    public void close() {
        tensors.close();
    }
}
