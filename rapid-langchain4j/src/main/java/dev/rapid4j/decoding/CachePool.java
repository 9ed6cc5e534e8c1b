package dev.rapid4j.decoding;

import dev.rapid4j.model.KeyValueCache;
import dev.rapid4j.model.LanguageModel;
import dev.rapid4j.torch.Torch;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;

/**
 * The KV caches of recent conversations, up to a number of bytes: a follow-up question on the same document finds it
 * read already. Safe to use from several threads.
 */
final class CachePool implements AutoCloseable {

    /** Growing a cache copies it, so room is made for more than one turn. */
    private static final int CAPACITY_STEP = 1024;

    private record Entry(LanguageModel model, KeyValueCache cache) {}

    private final long maxBytes;
    /** The most recently used first. */
    private final Deque<Entry> idle = new ArrayDeque<>();

    private boolean closed;

    CachePool(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /**
     * The idle cache with the longest common prefix with a prompt, or a new one; it belongs to the caller until
     * {@link #giveBack}.
     *
     * @param tokens room that is needed, prompt and answer
     * @throws RequestTooLargeException if the device's memory does not suffice even without the idle caches
     */
    synchronized KeyValueCache take(LanguageModel model, int[] prompt, int tokens) {
        int capacity = (int)
                Math.min(model.contextLength(), ((long) tokens + CAPACITY_STEP - 1) / CAPACITY_STEP * CAPACITY_STEP);
        Optional<Entry> best = idle.stream()
                .filter(entry -> entry.model() == model)
                // taking a cache loses what stands behind the common prefix: not for a mere system message
                .filter(entry -> 2 * entry.cache().commonPrefix(prompt, prompt.length)
                        >= entry.cache().length())
                .max(Comparator.comparingInt(entry -> entry.cache().commonPrefix(prompt, prompt.length)));
        best.ifPresent(idle::remove);
        try {
            if (best.isPresent() && best.get().cache().capacity() >= tokens) {
                makeRoom(model, 0);
                return best.get().cache();
            }
            makeRoom(model, model.cacheBytes(capacity));
            if (best.isPresent()) {
                best.get().cache().ensureCapacity(capacity);
                return best.get().cache();
            }
            return model.newCache(capacity);
        } catch (RuntimeException e) {
            best.ifPresent(entry -> entry.cache().close());
            throw e;
        }
    }

    private void makeRoom(LanguageModel model, long cacheBytes) {
        long needed = cacheBytes + model.workingBytes();
        long available = Torch.availableMemory(model.device());
        for (Iterator<Entry> oldest = idle.descendingIterator(); needed > available && oldest.hasNext(); ) {
            Entry entry = oldest.next();
            if (entry.model().device().equals(model.device())) {
                oldest.remove();
                entry.cache().close();
                available += entry.cache().bytes();
            }
        }
        if (needed > available) {
            throw new RequestTooLargeException(
                    ("%s needs %,d MB on %s for this prompt and its answer (%,d MB for the KV"
                                    + " cache), and %,d MB are free; shorten the text or choose a smaller model or precision")
                            .formatted(model.name(), needed >> 20, model.device(), cacheBytes >> 20, available >> 20));
        }
    }

    /** Keeps a cache for later requests, and closes the least recently used ones beyond the limit. */
    synchronized void giveBack(LanguageModel model, KeyValueCache cache) {
        if (closed) {
            cache.close();
            return;
        }
        idle.addFirst(new Entry(model, cache));
        long bytes = 0;
        for (Iterator<Entry> entries = idle.iterator(); entries.hasNext(); ) {
            Entry entry = entries.next();
            bytes += entry.cache().bytes();
            if (bytes > maxBytes) {
                entries.remove();
                entry.cache().close();
            }
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        idle.forEach(entry -> entry.cache().close());
        idle.clear();
    }
}
