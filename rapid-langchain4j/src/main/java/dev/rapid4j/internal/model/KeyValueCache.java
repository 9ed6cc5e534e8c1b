package dev.rapid4j.internal.model;

import dev.rapid4j.internal.torch.DecoderProgram;
import dev.rapid4j.internal.torch.DecoderProgram.Rows;
import dev.rapid4j.internal.torch.Device;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The keys and values of the tokens a model has read: tensors of fixed capacity, and which tokens its positions hold.
 * Of the layers whose attention slides over a window the first ones may have been dropped, so that it cannot be rolled
 * back to any length. Not safe for use by several threads at once.
 */
public final class KeyValueCache implements TokenCache, AutoCloseable {

    private final LanguageModel model;
    private DecoderProgram.Cache tensors;
    private int[] tokens;
    private CacheExtent extent;
    private int length;
    private int skipped;
    /** The first position that the layers that slide over a window still hold. */
    private int dropped;

    KeyValueCache(LanguageModel model, DecoderProgram.Cache tensors, int capacity, CacheExtent extent) {
        this.model = model;
        this.tensors = tensors;
        this.tokens = new int[capacity];
        this.extent = extent;
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
        return skipped;
    }

    @Override
    public int capacity() {
        return tokens.length;
    }

    /** Native memory held, in bytes. */
    public long bytes() {
        return model.cacheBytes(capacity(), extent);
    }

    /** {@link #bytes()} on a device. */
    public long bytes(Device device) {
        return model.cacheBytes(device, capacity(), extent);
    }

    /** {@link #commonPrefix(int[], int, int)}, of which nothing is known. */
    public int commonPrefix(int[] others, int length) {
        return commonPrefix(others, 0, length);
    }

    @Override
    public int commonPrefix(int[] others, int known, int length) {
        int difference = Arrays.mismatch(tokens, known, this.length, others, known, length);
        int common = difference < 0 ? length : known + difference;
        return reaches(common) ? common : 0;
    }

    private boolean reaches(int length) {
        return model.sliding().reaches(length + skipped, dropped);
    }

    @Override
    public void truncate(int length) {
        if (length < 0 || length > this.length) {
            throw new IllegalArgumentException("Cannot roll back from " + this.length + " tokens to " + length);
        }
        if (length + skipped == 0 && dropped > 0) {
            slide(0, 0);
        }
        if (!reaches(length)) {
            throw new IllegalArgumentException(
                    "Cannot roll back from %d tokens to %d, as the layers with a window of %d have dropped the first %d"
                            .formatted(this.length, length, model.sliding().window(), dropped));
        }
        this.length = length;
    }

    /**
     * Has room for tokens behind those that are there: as many as {@link #capacity} has, and the model reads at once.
     *
     * @param later tokens that will be read behind them
     */
    void makeRoom(int count, int later) {
        int position = length + skipped;
        int staying = model.sliding().staying(position - dropped, count, slidingRows(capacity()), later, extent);
        if (staying < position - dropped) {
            slide(position - staying, staying);
        }
    }

    private void slide(int first, int count) {
        model.slide(tensors, first, count);
        dropped = first;
    }

    private int slidingRows(int capacity) {
        return model.sliding().rows(capacity, extent);
    }

    /**
     * Chosen tokens of another cache in place of what is here; what comes next goes on at the other's next position.
     * Layers that slide over a window leave none out: they get the other's whole window.
     */
    void copyRows(KeyValueCache source, BitSet chosen) {
        copyWindow(source, source.length, model.sliding().seenBefore());
        copyChosen(source, chosen);
        skipped = source.length - length;
    }

    private void copyChosen(KeyValueCache source, BitSet chosen) {
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
        copyWindow(source, count, count);
        copyChosen(source, first);
        skipped = 0;
    }

    /** @param most positions before the end that are copied, if there is room for them */
    private void copyWindow(KeyValueCache source, int end, int most) {
        int needed = Math.min(end, model.sliding().seenBefore());
        if (slidingRows(capacity()) < needed || !model.sliding().reaches(end, source.dropped)) {
            throw new IllegalArgumentException(
                    "%d positions up to %d cannot be copied to %s".formatted(needed, end, extent));
        }
        int first = Math.max(source.dropped, end - Math.min(most, slidingRows(capacity())));
        if (model.sliding().count() > 0) {
            model.copyWindow(tensors, source.tensors, first, end - first);
            dropped = first;
        }
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
     * @param into room for just as many, {@link LanguageModel#rowBytes(int)}
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
        if (slidingRows(capacity()) < capacity() && model.sliding().count() > 0) {
            throw new IllegalStateException("The first tokens of a KV cache for " + extent + " are no longer there");
        }
        if (first < 0 || count < 1 || count > most - first || memory.remaining() != model.rowBytes(count)) {
            throw new IllegalArgumentException(
                    "%d tokens from %d on of %d are not %d bytes".formatted(count, first, most, memory.remaining()));
        }
    }

    /** Whether there is room for {@code capacity} tokens in all, and as many can be taken back as from another. */
    public boolean hasRoom(int capacity, CacheExtent other) {
        return capacity <= capacity() && model.sliding().rows(capacity(), longer(other)) <= slidingRows(capacity());
    }

    private CacheExtent longer(CacheExtent other) {
        return other.rollBack() > extent.rollBack() ? other : extent;
    }

    /** {@link #ensureRoom} for as many that can be taken back as before. */
    public void ensureCapacity(int capacity) {
        ensureRoom(capacity, extent);
    }

    /**
     * Makes room for {@code capacity} tokens in all, as many of which can be taken back as from another cache, copying
     * what is there if that is more than before. While it copies, both tensors are in memory.
     */
    public void ensureRoom(int capacity, CacheExtent other) {
        if (!hasRoom(capacity, other)) {
            int most = Math.max(capacity, capacity());
            CacheExtent longer = longer(other);
            DecoderProgram.Cache grown = model.growCache(
                    tensors,
                    new Rows(length, length + skipped - dropped),
                    new Rows(most, model.sliding().rows(most, longer)));
            tensors.close();
            tensors = grown;
            extent = longer;
            tokens = Arrays.copyOf(tokens, most);
        }
    }

    @Override
    public void close() {
        tensors.close();
    }
}
