package dev.rapid4j.internal.retrieval;

import dev.rapid4j.internal.text.ByteSizes;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The indexes of the texts used last, within a number and a memory budget. Only finished indexes are ever in it. One
 * that has to go while it is searched is closed when the search is over.
 */
final class IndexCache implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(IndexCache.class);

    /** How soon a waiting thread notices that it is cancelled; everything else wakes it up. */
    private static final long CANCELLATION_POLL_MILLIS = 50;

    private final int maxTexts;
    private final long maxBytes;
    private final Map<String, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
    private final Set<String> underway = new HashSet<>();
    private long bytes;
    private boolean closed;

    private static final class Entry {

        final Index index;
        boolean kept;
        int users;

        Entry(Index index) {
            this.index = index;
        }
    }

    /** An index in use, to be given back by closing this. */
    final class Lease implements AutoCloseable {

        private final Entry entry;
        private final boolean cached;

        private Lease(Entry entry, boolean cached) {
            this.entry = entry;
            this.cached = cached;
        }

        Index index() {
            return entry.index;
        }

        /** Whether it was there before. */
        boolean cached() {
            return cached;
        }

        /** Another of the same index, to be given back by itself. */
        Lease again() {
            synchronized (IndexCache.this) {
                entry.users++;
            }
            return new Lease(entry, cached);
        }

        @Override
        public void close() {
            release(entry);
        }
    }

    IndexCache(int maxTexts, long maxBytes) {
        this.maxTexts = maxTexts;
        this.maxBytes = maxBytes;
    }

    /**
     * The index of a text; if another thread is just building it, waits, and builds it itself should that one fail.
     *
     * @throws IllegalStateException if the cache is closed
     */
    Lease get(String key, BooleanSupplier cancelled, Supplier<Index> builder) {
        synchronized (this) {
            checkOpen();
            while (underway.contains(key)) {
                PassageRetriever.checkCancelled(cancelled);
                await();
                checkOpen();
            }
            Entry known = entries.get(key);
            if (known != null) {
                known.users++;
                return new Lease(known, true);
            }
            underway.add(key);
        }
        Optional<Entry> built = Optional.empty();
        try {
            built = Optional.of(new Entry(builder.get()));
            return new Lease(built.get(), false);
        } finally {
            finish(key, built);
        }
    }

    private synchronized void finish(String key, Optional<Entry> built) {
        underway.remove(key);
        built.ifPresent(entry -> {
            entry.users++;
            keep(key, entry);
        });
        notifyAll();
    }

    private void keep(String key, Entry entry) {
        if (entry.index.bytes() > maxBytes) {
            LOG.warn(
                    "The index of a text takes {} MB, more than the cache's {} MB: it is built for every question anew",
                    ByteSizes.megabytes(entry.index.bytes()),
                    ByteSizes.megabytes(maxBytes));
        } else if (!closed) {
            entries.put(key, entry);
            entry.kept = true;
            bytes += entry.index.bytes();
            while (entries.size() > maxTexts || bytes > maxBytes) {
                removeOldest();
            }
        }
    }

    /** Forgets a text; it is searched to the end. */
    synchronized boolean remove(String key) {
        Entry entry = entries.remove(key);
        if (entry == null) {
            return false;
        }
        dropped(entry);
        return true;
    }

    private void removeOldest() {
        Iterator<Entry> oldest = entries.values().iterator();
        Entry entry = oldest.next();
        oldest.remove();
        dropped(entry);
    }

    private void dropped(Entry entry) {
        entry.kept = false;
        bytes -= entry.index.bytes();
        closeUnlessUsed(entry);
    }

    synchronized long bytes() {
        return bytes;
    }

    private synchronized void release(Entry entry) {
        entry.users--;
        closeUnlessUsed(entry);
    }

    private static void closeUnlessUsed(Entry entry) {
        if (!entry.kept && entry.users == 0) {
            entry.index.close();
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("The passage retriever is closed; build a new one");
        }
    }

    private void await() {
        try {
            wait(CANCELLATION_POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("Retrieval was interrupted");
        }
    }

    /** Forgets all texts. Those being searched or indexed are searched to the end. */
    @Override
    public synchronized void close() {
        closed = true;
        while (!entries.isEmpty()) {
            removeOldest();
        }
        notifyAll();
    }
}
