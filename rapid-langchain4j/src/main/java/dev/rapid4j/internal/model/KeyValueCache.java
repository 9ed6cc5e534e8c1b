package dev.rapid4j.internal.model;

import dev.rapid4j.internal.torch.DecoderProgram;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The keys and values of the tokens a model has read: tensors of fixed capacity, and which tokens its positions hold.
 * Not safe for use by several threads at once.
 */
public final class KeyValueCache implements TokenCache, AutoCloseable {

    private final LanguageModel model;
    private DecoderProgram.Cache tensors;
    private int[] tokens;
    private int length;

    KeyValueCache(LanguageModel model, DecoderProgram.Cache tensors, int capacity) {
        this.model = model;
        this.tensors = tensors;
        this.tokens = new int[capacity];
    }

    DecoderProgram.Cache tensors() {
        return tensors;
    }

    @Override
    public KeyValueCache keysAndValues() {
        return this;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public int skipped() {
        return 0;
    }

    @Override
    public int capacity() {
        return tokens.length;
    }

    /** Native memory held, in bytes. */
    public long bytes() {
        return model.cacheBytes(capacity());
    }

    /** {@link #commonPrefix(int[], int, int)}, of which nothing is known. */
    public int commonPrefix(int[] others, int length) {
        return commonPrefix(others, 0, length);
    }

    @Override
    public int commonPrefix(int[] others, int known, int length) {
        int difference = Arrays.mismatch(tokens, known, this.length, others, known, length);
        return difference < 0 ? length : known + difference;
    }

    @Override
    public void truncate(int length) {
        if (length < 0 || length > this.length) {
            throw new IllegalArgumentException("Cannot roll back from " + this.length + " tokens to " + length);
        }
        this.length = length;
    }

    /** Chosen tokens of another cache in place of what is here. */
    void copyRows(KeyValueCache source, BitSet chosen) {
        List<Integer> starts = new ArrayList<>();
        List<Integer> counts = new ArrayList<>();
        length = 0;
        for (int start = chosen.nextSetBit(0); start >= 0; ) {
            int end = chosen.nextClearBit(start);
            System.arraycopy(source.tokens, start, tokens, length, end - start);
            starts.add(start);
            counts.add(end - start);
            length += end - start;
            start = chosen.nextSetBit(end);
        }
        model.copyRows(tensors, source.tensors, toArray(starts), toArray(counts));
    }

    /** The first tokens of another cache of the same model in place of what is here. */
    public void copyFirst(KeyValueCache source, int count) {
        BitSet first = new BitSet();
        first.set(0, count);
        copyRows(source, first);
    }

    private static int[] toArray(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
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

    /** The tokens whose keys and values are there. */
    public int[] tokens() {
        return Arrays.copyOf(tokens, length);
    }

    /**
     * Copies keys and values of tokens to memory outside the heap.
     *
     * @param into room for just as many, {@link LanguageModel#cacheBytes(int)}
     */
    public void copyRows(int first, int count, ByteBuffer into) {
        checkRows(first, count, length, into);
        model.copyRows(tensors, first, count, into);
    }

    /**
     * Takes keys and values of tokens from memory in place of computing them: they become those from {@code first} on,
     * and the last ones.
     *
     * @param from as {@link #copyRows} put them there, for the same tokens behind the same ones
     */
    public void restoreRows(int first, int[] ids, ByteBuffer from) {
        checkRows(first, ids.length, capacity(), from);
        truncate(first);
        model.restoreRows(tensors, first, ids.length, from);
        appended(ids);
    }

    private void checkRows(int first, int count, int most, ByteBuffer memory) {
        if (first < 0 || count < 1 || count > most - first || memory.remaining() != model.cacheBytes(count)) {
            throw new IllegalArgumentException(
                    "%d tokens from %d on of %d are not %d bytes".formatted(count, first, most, memory.remaining()));
        }
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
