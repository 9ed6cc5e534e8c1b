package dev.rapid4j.retrieval;

import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** The indexes of the texts used last, within a number and a memory budget. Only finished indexes are ever in it. */
final class IndexCache {

    /** How soon a waiting thread notices that it is cancelled; everything else wakes it up. */
    private static final long CANCELLATION_POLL_MILLIS = 50;

    private final int maxTexts;
    private final long maxBytes;
    private final Map<String, Index> indexes = new LinkedHashMap<>(16, 0.75f, true);
    private final Set<String> underway = new HashSet<>();
    private long bytes;

    /** An index, and whether it was there before. */
    record Lookup(Index index, boolean cached) {}

    IndexCache(int maxTexts, long maxBytes) {
        this.maxTexts = maxTexts;
        this.maxBytes = maxBytes;
    }

    /** The index of a text; if another thread is just building it, waits, and builds it itself should that one fail. */
    Lookup get(String key, BooleanSupplier cancelled, Supplier<Index> builder) {
        synchronized (this) {
            while (underway.contains(key)) {
                PassageRetriever.checkCancelled(cancelled);
                await();
            }
            Index known = indexes.get(key);
            if (known != null) {
                return new Lookup(known, true);
            }
            underway.add(key);
        }
        Index built = null;
        try {
            built = builder.get();
            return new Lookup(built, false);
        } finally {
            finish(key, built);
        }
    }

    private synchronized void finish(String key, Index built) {
        underway.remove(key);
        if (built != null && built.bytes() <= maxBytes) {
            indexes.put(key, built);
            bytes += built.bytes();
            Iterator<Index> oldest = indexes.values().iterator();
            while (indexes.size() > maxTexts || bytes > maxBytes) {
                bytes -= oldest.next().bytes();
                oldest.remove();
            }
        }
        notifyAll();
    }

    private void await() {
        try {
            wait(CANCELLATION_POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("Retrieval was interrupted");
        }
    }
}
