package dev.rapid4j.internal.model;

import dev.rapid4j.internal.torch.DecoderProgram;
import dev.rapid4j.internal.torch.DecoderProgram.Rows;
import dev.rapid4j.internal.torch.Device;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The keys and values of the tokens a model has read: tensors of fixed capacity, and which tokens its positions hold.
 * Of the layers whose attention slides over a window the first ones may have been dropped, so that it cannot be rolled
 * back to any length.
 *
 * <p>It may begin with tokens of another one, which it reads where they are. Neither of the two ever writes there as
 * long as both are: who goes back behind them goes on in memory of its own.
 *
 * <p>To be used by one thread at a time; meanwhile others may ask what it holds, and {@link #branch} from it.
 */
public final class KeyValueCache implements TokenCache, AutoCloseable {

    /** Fewer rows of a memory are copied, as all of it stays for those that are shared: one in so many. */
    private static final int LEAST_SHARE = 4;

    private final LanguageModel model;
    private DecoderProgram.Cache tensors;
    /** Of the tokens behind those of others. */
    private CacheMemory memory;

    private List<Share> shares = List.of();
    private int[] tokens;
    private CacheExtent extent;
    private int length;
    private int skipped;
    /** The first position that the layers that slide over a window still hold. */
    private int dropped;

    private int holders = 1;

    /**
     * The first rows of a memory.
     *
     * @param rows at least 1
     */
    private record Share(CacheMemory memory, int rows) {

        boolean isWorthItsMemory() {
            return (long) LEAST_SHARE * rows >= memory.rows().all();
        }
    }

    KeyValueCache(LanguageModel model, DecoderProgram.Cache tensors, CacheMemory memory, CacheExtent extent) {
        this.model = model;
        this.tensors = tensors;
        this.memory = memory;
        this.tokens = new int[memory.rows().all()];
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
    public synchronized int length() {
        return length;
    }

    @Override
    public int skipped() {
        return skipped;
    }

    @Override
    public synchronized int capacity() {
        return begin() + memory.rows().all();
    }

    /** Tokens of others. */
    private int begin() {
        return rows(shares);
    }

    private static int rows(List<Share> shares) {
        return shares.stream().mapToInt(Share::rows).sum();
    }

    /** Memory that is held, that of others included, in bytes. */
    public long bytes() {
        return memory().stream().mapToLong(CacheMemory::bytes).sum();
    }

    /** {@link #bytes()} on a device. */
    public long bytes(Device device) {
        return memory().stream().mapToLong(memory -> memory.bytes(device)).sum();
    }

    /** What a device will only miss when tokens come, in bytes; {@link CacheMemory#unwrittenBytes}. */
    public synchronized long unwrittenBytes(Device device) {
        return memory.unwrittenBytes(device);
    }

    /** What is held, that of others included. */
    public synchronized Set<CacheMemory> memory() {
        Set<CacheMemory> all = new HashSet<>(Set.of(memory));
        shares.forEach(share -> all.add(share.memory()));
        return all;
    }

    /** {@link #commonPrefix(int[], int, int)}, of which nothing is known. */
    public int commonPrefix(int[] others, int length) {
        return commonPrefix(others, 0, length);
    }

    @Override
    public synchronized int commonPrefix(int[] others, int known, int length) {
        int difference = Arrays.mismatch(tokens, known, this.length, others, known, length);
        int common = difference < 0 ? length : known + difference;
        return reaches(common) ? common : 0;
    }

    private boolean reaches(int length) {
        return model.sliding().reaches(length + skipped, dropped);
    }

    @Override
    public synchronized void truncate(int length) {
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
        if (length < begin()) {
            model.shareLess(tensors, length);
            share(parts(length));
        }
    }

    /** The first rows as they lie. */
    private List<Share> parts(int count) {
        List<Share> all = new ArrayList<>(shares);
        all.add(new Share(memory, memory.rows().all()));
        List<Share> parts = new ArrayList<>();
        for (Share part : all) {
            int left = count - rows(parts);
            if (left > 0) {
                parts.add(new Share(part.memory(), Math.min(left, part.rows())));
            }
        }
        return parts;
    }

    private void share(List<Share> others) {
        List<Share> before = shares;
        others.forEach(share -> share.memory().share(share.rows()));
        shares = List.copyOf(others);
        before.forEach(share -> share.memory().release());
    }

    /**
     * Has room for tokens behind those that are there: as many as {@link #capacity} has, and the model reads at once.
     *
     * @param later tokens that will be read behind them
     */
    synchronized void makeRoom(int count, int later) {
        leaveToOthers();
        int position = length + skipped;
        int staying = model.sliding().staying(position - dropped, count, slidingRows(), later, extent);
        if (staying < position - dropped) {
            slide(position - staying, staying);
        }
    }

    /** Goes on in new memory where others read the rows that would be written. */
    private void leaveToOthers() {
        if (length - begin() < memory.rowsOfOthers()) {
            move(length, capacity(), extent);
        }
    }

    /** @param shared so many of the first rows stay where they are; the others are copied */
    private void move(int shared, int capacity, CacheExtent extent) {
        Rows rows = new Rows(
                capacity - shared,
                Math.max(memory.rows().sliding(), model.sliding().rows(capacity, extent)));
        DecoderProgram.Cache moved = model.branchCache(tensors, shared, length, rows);
        if (model.sliding().count() > 0) {
            model.copyWindow(moved, tensors, dropped, length + skipped - dropped);
        }
        share(parts(shared));
        memory.release();
        memory = new CacheMemory(model, rows);
        memory.written(length - shared);
        tensors.close();
        tensors = moved;
        this.extent = extent;
        tokens = Arrays.copyOf(tokens, capacity);
    }

    private void slide(int first, int count) {
        model.slide(tensors, first, count);
        dropped = first;
    }

    private int slidingRows() {
        return memory.rows().sliding();
    }

    /**
     * Chosen tokens of another cache in place of what is here; what comes next goes on at the other's next position.
     * Layers that slide over a window leave none out: they get the other's whole window.
     */
    synchronized void copyRows(KeyValueCache source, BitSet chosen) {
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
        memory.written(length);
    }

    /**
     * Another cache that begins with tokens of this one. Layers that attend to all tokens read them here, but for few
     * of much memory; those that slide over a window copy theirs.
     *
     * @param count how many, fewer than {@code capacity}
     * @param capacity tokens in all for which there is room
     * @return to be closed by the caller; this one may be closed before
     */
    public synchronized KeyValueCache branch(int count, int capacity, CacheExtent extent) {
        if (count > length || count >= capacity || skipped > 0) {
            throw new IllegalArgumentException(
                    "%d of %d tokens cannot begin a KV cache for %d".formatted(count, length, capacity));
        }
        int shared = shared(count);
        Rows rows = new Rows(capacity - shared, model.sliding().rows(capacity, extent));
        KeyValueCache branch = new KeyValueCache(
                model, model.branchCache(tensors, shared, count, rows), new CacheMemory(model, rows), extent);
        try {
            branch.copyWindow(this, count, count);
        } catch (RuntimeException e) {
            branch.close();
            throw e;
        }
        branch.share(parts(shared));
        branch.memory.written(count - shared);
        branch.tokens = Arrays.copyOf(Arrays.copyOf(tokens, count), capacity);
        branch.length = count;
        return branch;
    }

    /** {@link #branch}, or empty if layers that slide over a window have dropped what it would begin with. */
    public synchronized Optional<KeyValueCache> branchIfHeld(int count, int capacity, CacheExtent extent) {
        return reaches(count) ? Optional.of(branch(count, capacity, extent)) : Optional.empty();
    }

    /** How many of the first tokens a {@link #branch} would not have in its own memory. */
    public synchronized int shared(int count) {
        if (model.sliding().count() == model.layers()) {
            return 0;
        }
        List<Share> parts = parts(count);
        while (!parts.isEmpty() && !parts.get(parts.size() - 1).isWorthItsMemory()) {
            parts.remove(parts.size() - 1);
        }
        return rows(parts);
    }

    /** @param most positions before the end that are copied, if there is room for them */
    private void copyWindow(KeyValueCache source, int end, int most) {
        int needed = Math.min(end, model.sliding().seenBefore());
        if (slidingRows() < needed || !model.sliding().reaches(end, source.dropped)) {
            throw new IllegalArgumentException(
                    "%d positions up to %d cannot be copied to %s".formatted(needed, end, extent));
        }
        int first = Math.max(source.dropped, end - Math.min(most, slidingRows()));
        if (model.sliding().count() > 0) {
            model.copyWindow(tensors, source.tensors, first, end - first);
            dropped = first;
        }
    }

    private static int[] toArray(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Says which tokens a program has just put behind those that were there. */
    synchronized void appended(int[] ids) {
        if (ids.length > capacity() - length) {
            throw new IllegalStateException(
                    "The KV cache has room for " + capacity() + " tokens, not for " + ((long) length + ids.length));
        }
        System.arraycopy(ids, 0, tokens, length, ids.length);
        length += ids.length;
        memory.written(length - begin());
    }

    /** The tokens whose keys and values are there. */
    public synchronized int[] tokens() {
        return Arrays.copyOf(tokens, length);
    }

    /**
     * Copies keys and values of tokens to memory outside the heap.
     *
     * @param into room for just as many, {@link LanguageModel#rowBytes(int)}
     */
    public synchronized void copyRows(int first, int count, ByteBuffer into) {
        checkRows(first, count, length, into);
        model.copyRows(tensors, first, count, into);
    }

    /**
     * Takes keys and values of tokens from memory in place of computing them: they become those from {@code first} on,
     * and the last ones. Those that are here already stay.
     *
     * @param from as {@link #copyRows} put them there, for the same tokens behind the same ones
     */
    public synchronized void restoreRows(int first, int[] ids, ByteBuffer from) {
        checkRows(first, ids.length, capacity(), from);
        int difference = first < length
                ? Arrays.mismatch(tokens, first, Math.min(length, first + ids.length), ids, 0, ids.length)
                : 0;
        int known = difference < 0 ? ids.length : difference;
        truncate(first + known);
        leaveToOthers();
        model.restoreRows(tensors, first, ids.length, known, from);
        appended(Arrays.copyOfRange(ids, known, ids.length));
    }

    private void checkRows(int first, int count, int most, ByteBuffer memory) {
        if (slidingRows() < capacity() && model.sliding().count() > 0) {
            throw new IllegalStateException("The first tokens of a KV cache for " + extent + " are no longer there");
        }
        if (first < 0 || count < 1 || count > most - first || memory.remaining() != model.rowBytes(count)) {
            throw new IllegalArgumentException(
                    "%d tokens from %d on of %d are not %d bytes".formatted(count, first, most, memory.remaining()));
        }
    }

    /**
     * Whether there is room for {@code capacity} tokens in all, and as many can be taken back as from another.
     *
     * @param first so many of the tokens that are here are to stay
     */
    public synchronized boolean hasRoom(int first, int capacity, CacheExtent other) {
        int own = Math.min(first, begin()) + memory.rows().all();
        return capacity <= own && model.sliding().rows(own, longer(other)) <= slidingRows();
    }

    /** Whether a {@link #branch} of so many tokens can be made when it has read more of a prompt. */
    public synchronized boolean keeps(int count, int read) {
        return model.sliding().count() == 0 || read - count <= extent.rollBack();
    }

    /** Whether going on behind the first tokens would write where others read. */
    public synchronized boolean isReadBehind(int first) {
        return first - Math.min(first, begin()) < memory.rowsOfOthers();
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
    public synchronized void ensureRoom(int capacity, CacheExtent other) {
        if (!hasRoom(length, capacity, other)) {
            move(begin(), Math.max(capacity, capacity()), longer(other));
        }
    }

    /** Somebody else needs it, too: it is closed when all have closed it. */
    public synchronized void hold() {
        holders++;
    }

    @Override
    public synchronized void close() {
        holders--;
        if (holders == 0) {
            tensors.close();
            memory.release();
            shares.forEach(share -> share.memory().release());
        }
    }
}
