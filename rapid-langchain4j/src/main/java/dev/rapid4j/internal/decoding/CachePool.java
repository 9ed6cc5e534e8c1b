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

/**
 * The KV caches of recent conversations, up to a number of bytes: a follow-up question on the same document finds it
 * read already. Safe to use from several threads.
 */
final class CachePool implements AutoCloseable {

    /** Growing a cache copies it, so room is made for more than one turn. */
    private static final int CAPACITY_STEP = 1024;

    private record Entry(LanguageModel model, KeyValueCache cache) {}

    private final long maxBytes;
    private final ToLongFunction<Device> availableMemory;
    /** The most recently used first. */
    private final Deque<Entry> idle = new ArrayDeque<>();

    private final List<KeyValueCache> lent = new ArrayList<>();

    private boolean closed;

    CachePool(long maxBytes) {
        this(maxBytes, Torch::availableMemory);
    }

    /** @param availableMemory of a device, in bytes */
    CachePool(long maxBytes, ToLongFunction<Device> availableMemory) {
        this.maxBytes = maxBytes;
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

    private KeyValueCache find(LanguageModel model, int[] prompt, int tokens) {
        int capacity = (int)
                Math.min(model.contextLength(), ((long) tokens + CAPACITY_STEP - 1) / CAPACITY_STEP * CAPACITY_STEP);
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
            if (makeRoom(model, large ? 0 : model.cacheBytes(capacity))) {
                return large ? entry.cache() : grown(entry.cache(), capacity);
            }
            // while it grows it is in memory twice; if that is too much, the prompt has to be read anew
            idle.addLast(entry);
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
        long missing = cacheBytes + model.workingBytes() - availableMemory.applyAsLong(model.device());
        if (missing > idleBytes(model.device())) {
            return false;
        }
        for (Iterator<Entry> oldest = idle.descendingIterator(); missing > 0 && oldest.hasNext(); ) {
            Entry entry = oldest.next();
            if (entry.model().device().equals(model.device())) {
                oldest.remove();
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

    /** Keeps a cache for later requests, and closes the least recently used ones beyond the limit. */
    synchronized void giveBack(LanguageModel model, KeyValueCache cache) {
        lent.remove(cache);
        if (closed) {
            cache.close();
            return;
        }
        idle.addFirst(new Entry(model, cache));
        long bytes = 0;
        for (Iterator<Entry> entries = idle.iterator(); entries.hasNext(); ) {
            Entry entry = entries.next();
            if (bytes + entry.cache().bytes() > maxBytes) {
                entries.remove();
                entry.cache().close();
            } else {
                bytes += entry.cache().bytes();
            }
        }
    }

    /** Closes a cache that is of no use any more. */
    synchronized void discard(KeyValueCache cache) {
        lent.remove(cache);
        cache.close();
    }

    /** Memory that all caches take, those in use included. */
    synchronized long bytes() {
        return Stream.concat(idle.stream().map(Entry::cache), lent.stream())
                .mapToLong(KeyValueCache::bytes)
                .sum();
    }

    long maxBytes() {
        return maxBytes;
    }

    @Override
    public synchronized void close() {
        closed = true;
        idle.forEach(entry -> entry.cache().close());
        idle.clear();
    }
}
