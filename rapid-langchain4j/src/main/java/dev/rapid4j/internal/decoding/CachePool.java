package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Torch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The KV caches of recent conversations, up to a number of bytes: a follow-up question on the same document finds it
 * read already. Safe to use from several threads.
 */
final class CachePool implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidEngine");

    /** Growing a cache copies it, so room is made for more than one turn. */
    private static final int CAPACITY_STEP = 1024;

    /** @param kept whether it is worth a place on the disk */
    private record Entry(LanguageModel model, KeyValueCache cache, boolean kept) {}

    private final long maxBytes;
    private final Optional<StoredCaches> stored;
    private final ToLongFunction<Device> availableMemory;
    /** The most recently used first. */
    private final Deque<Entry> idle = new ArrayDeque<>();

    private final List<KeyValueCache> lent = new ArrayList<>();

    private boolean closed;

    /** @param stored where long prompts go that leave memory */
    CachePool(long maxBytes, Optional<StoredCaches> stored) {
        this(maxBytes, stored, Torch::availableMemory);
    }

    /** @param availableMemory of a device, in bytes */
    CachePool(long maxBytes, Optional<StoredCaches> stored, ToLongFunction<Device> availableMemory) {
        this.maxBytes = maxBytes;
        this.stored = stored;
        this.availableMemory = availableMemory;
    }

    /**
     * The idle cache with the longest common prefix with a prompt, or a new one; it belongs to the caller until
     * {@link #giveBack} or {@link #discard}.
     *
     * @param tokens room that is needed, prompt and answer
     * @throws RequestTooLargeException if the device's memory does not suffice even without the idle caches, which are
     *     kept then
     */
    synchronized KeyValueCache take(LanguageModel model, int[] prompt, int tokens) {
        KeyValueCache cache = find(model, prompt, tokens);
        lent.add(cache);
        return cache;
    }

    /** Whether a cache for so many tokens stays in memory, or goes to the disk, when it is given back. */
    boolean keeps(LanguageModel model, int tokens) {
        return stored.isPresent() || model.cacheBytes(capacity(model, tokens)) <= maxBytes;
    }

    private static int capacity(LanguageModel model, int tokens) {
        return (int)
                Math.min(model.contextLength(), ((long) tokens + CAPACITY_STEP - 1) / CAPACITY_STEP * CAPACITY_STEP);
    }

    private KeyValueCache find(LanguageModel model, int[] prompt, int tokens) {
        int capacity = capacity(model, tokens);
        Optional<Entry> best = idle.stream()
                .filter(entry -> entry.model() == model)
                // taking a cache loses what stands behind the common prefix: not for a mere system message
                .filter(entry -> 2 * entry.cache().commonPrefix(prompt, prompt.length)
                        >= entry.cache().length())
                .max(Comparator.comparingInt(entry -> entry.cache().commonPrefix(prompt, prompt.length)));
        if (best.isPresent()) {
            Entry entry = best.get();
            boolean large = entry.cache().capacity() >= tokens;
            idle.remove(entry);
            boolean room = false;
            try {
                room = makeRoom(model, large ? 0 : model.cacheBytes(capacity));
            } finally {
                if (!room) {
                    idle.addLast(entry);
                }
            }
            if (room) {
                return large ? entry.cache() : grown(entry.cache(), capacity);
            }
            // while it grows it is in memory twice; as that is too much, the prompt has to be read anew
        }
        if (!makeRoom(model, model.cacheBytes(capacity))) {
            throw tooLarge(model, model.cacheBytes(capacity));
        }
        return model.newCache(capacity);
    }

    private static KeyValueCache grown(KeyValueCache cache, int capacity) {
        try {
            cache.ensureCapacity(capacity);
            return cache;
        } catch (RuntimeException e) {
            cache.close();
            throw e;
        }
    }

    /**
     * Closes idle caches, the least recently used first, as far as memory is needed.
     *
     * @return whether there is room; if there would be none without any of them, they are kept
     */
    private boolean makeRoom(LanguageModel model, long cacheBytes) {
        long needed = cacheBytes + model.workingBytes();
        long missing = needed - availableMemory.applyAsLong(model.device());
        if (missing > 0 && writingBytes() > 0) {
            stored.ifPresent(StoredCaches::awaitWritten);
            missing = needed - availableMemory.applyAsLong(model.device());
        }
        if (missing > idleBytes(model.device())) {
            return false;
        }
        for (Iterator<Entry> oldest = idle.descendingIterator(); missing > 0 && oldest.hasNext(); ) {
            Entry entry = oldest.next();
            if (entry.model().device().equals(model.device())) {
                oldest.remove();
                // the memory is needed now, so this cannot wait for another thread
                writeIfKept(entry);
                entry.cache().close();
                missing -= entry.cache().bytes();
            }
        }
        return true;
    }

    private long idleBytes(Device device) {
        return idle.stream()
                .filter(entry -> entry.model().device().equals(device))
                .mapToLong(entry -> entry.cache().bytes())
                .sum();
    }

    private RequestTooLargeException tooLarge(LanguageModel model, long cacheBytes) {
        long free = availableMemory.applyAsLong(model.device()) + idleBytes(model.device());
        return new RequestTooLargeException(("%s needs %,d MB on %s for this prompt and its answer (%,d MB for the KV"
                        + " cache), and %,d MB are free; shorten the text or choose a smaller model or weight format")
                .formatted(
                        model.name(),
                        (cacheBytes + model.workingBytes()) >> 20,
                        model.device(),
                        cacheBytes >> 20,
                        free >> 20));
    }

    /**
     * Takes from the disk what follows in a prompt behind what a cache holds.
     *
     * @param cache on loan, holding no other tokens than the first of these
     * @param length so many tokens are wanted at most
     */
    void extend(KeyValueCache cache, int[] tokens, int length, GenerationListener listener) {
        stored.ifPresent(disk -> disk.extend(cache, tokens, length, listener));
    }

    /**
     * Keeps a cache for later requests, and lets go of the least recently used ones beyond the limit.
     *
     * @param kept whether it goes to the disk when it leaves memory
     */
    void giveBack(LanguageModel model, KeyValueCache cache, boolean kept) {
        for (Entry entry : leaving(new Entry(model, cache, kept))) {
            if (isWritten(entry)) {
                stored.orElseThrow().writeInBackground(entry.cache());
            } else {
                entry.cache().close();
            }
        }
    }

    /** @return what has to go for a cache that has come back */
    private synchronized List<Entry> leaving(Entry returned) {
        lent.remove(returned.cache());
        if (closed) {
            return List.of(returned);
        }
        List<Entry> leaving = new ArrayList<>();
        idle.addFirst(returned);
        long bytes = 0;
        for (Iterator<Entry> entries = idle.iterator(); entries.hasNext(); ) {
            Entry entry = entries.next();
            if (bytes + entry.cache().bytes() > maxBytes) {
                entries.remove();
                leaving.add(entry);
            } else {
                bytes += entry.cache().bytes();
            }
        }
        return leaving;
    }

    private boolean isWritten(Entry entry) {
        return stored.isPresent() && entry.kept() && StoredCaches.isWorthWriting(entry.cache());
    }

    private void writeIfKept(Entry entry) {
        if (isWritten(entry)) {
            stored.orElseThrow().write(entry.cache());
        }
    }

    /** Closes a cache that is of no use any more. */
    synchronized void discard(KeyValueCache cache) {
        lent.remove(cache);
        cache.close();
    }

    /**
     * Removes all idle caches that hold a text, and its blocks on the disk with all that depends on them.
     *
     * @return how many of both
     */
    Forgotten forget(TokenRuns text) {
        int closedCaches = 0;
        synchronized (this) {
            for (Iterator<Entry> entries = idle.iterator(); entries.hasNext(); ) {
                KeyValueCache cache = entries.next().cache();
                if (!text.in(cache.tokens()).isEmpty()) {
                    entries.remove();
                    cache.close();
                    closedCaches++;
                }
            }
        }
        return new Forgotten(closedCaches, stored.map(disk -> disk.forget(text)).orElse(0));
    }

    /** Memory that all caches take, those in use and those being written included. */
    synchronized long bytes() {
        return writingBytes()
                + Stream.concat(idle.stream().map(Entry::cache), lent.stream())
                        .mapToLong(KeyValueCache::bytes)
                        .sum();
    }

    private long writingBytes() {
        return stored.map(StoredCaches::writingBytes).orElse(0L);
    }

    /** Bytes on the disk. */
    long storedBytes() {
        return stored.map(StoredCaches::bytes).orElse(0L);
    }

    long maxBytes() {
        return maxBytes;
    }

    /** Writes what is kept, and closes all. */
    @Override
    public void close() {
        List<Entry> leaving;
        synchronized (this) {
            closed = true;
            leaving = List.copyOf(idle);
            idle.clear();
        }
        long bytes = leaving.stream()
                .filter(this::isWritten)
                .mapToLong(entry -> entry.cache().bytes())
                .sum();
        if (bytes + writingBytes() > 0) {
            LOG.info("Writing KV caches of {} MB to the disk before closing", (bytes + writingBytes()) >> 20);
        }
        // the most recently used last, so that they stay longest on the disk
        for (int i = leaving.size() - 1; i >= 0; i--) {
            try {
                writeIfKept(leaving.get(i));
            } finally {
                leaving.get(i).cache().close();
            }
        }
        stored.ifPresent(StoredCaches::awaitWritten);
    }
}
