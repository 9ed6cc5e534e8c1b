package dev.rapid4j.internal.decoding;

import dev.rapid4j.TorchException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A sequence whose KV cache is on loan from the pool for one generation. */
final class PooledSequence implements ReadAhead, PromptReading {

    /** How soon the thread that waits for a reading tells its progress and notices that it is cancelled. */
    private static final long POLL_MILLIS = 50;

    private final CachePool pool;
    private final Sequence sequence;
    private volatile boolean discarded;
    private boolean closed;
    private boolean kept;
    private volatile int restored;
    private int cached;

    private CompletableFuture<Integer> reading;
    private volatile boolean stopped;
    private volatile int done;

    PooledSequence(CachePool pool, Sequence sequence) {
        this.pool = pool;
        this.sequence = sequence;
    }

    @Override
    public Sequence sequence() {
        return sequence;
    }

    /** Looks for the prompt on the disk, and puts it there when it leaves memory; to be said before it is read. */
    PooledSequence keptOnDisk() {
        kept = true;
        return this;
    }

    private int prefill(GenerationListener listener) {
        if (kept) {
            restored = sequence.extend(pool, listener);
        }
        return sequence.prefill(listener);
    }

    /** How many tokens of the prompt came from the disk. */
    int restored() {
        return restored;
    }

    /** How many tokens of the prompt were in a cache before it was read. */
    int cached() {
        return cached;
    }

    /** Begins to read the prompt on another thread; until {@link #read} the sequence belongs to it. */
    @Override
    public void startReading() {
        GenerationListener listener = new GenerationListener() {
            @Override
            public void onPrefill(int done, int total) {
                PooledSequence.this.done = done;
            }

            @Override
            public void checkCancelled() {
                if (stopped) {
                    throw new CancellationException("The prompt is not needed any more");
                }
            }
        };
        reading = CompletableFuture.supplyAsync(() -> prefill(listener), PooledSequence::start);
    }

    /** Not on the common pool, whose threads may all be waiting for this very answer. */
    private static void start(Runnable reading) {
        Thread thread = new Thread(reading, "rapid-read-ahead");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Reads the prompt but for its last token, or waits until the other thread has done so.
     *
     * @return how many of its tokens were in the cache before
     */
    @Override
    public int read(GenerationListener listener) {
        cached = reading == null ? prefill(listener) : await(listener);
        return cached;
    }

    private int await(GenerationListener listener) {
        int told = -1;
        while (true) {
            // asked first, so that the end of the reading is told, too
            boolean ended = reading.isDone();
            int reached = done;
            if (told != reached) {
                listener.onPrefill(reached, sequence.promptLength());
                told = reached;
            }
            listener.checkCancelled();
            try {
                int found = reading.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
                if (ended) {
                    return found;
                }
            } catch (TimeoutException e) {
                continue;
            } catch (ExecutionException e) {
                throw e.getCause() instanceof RuntimeException cause ? cause : new TorchException(e.getMessage(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("Interrupted while a prompt was read");
            }
        }
    }

    @Override
    public void discardWhenClosed() {
        discarded = true;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        stopped = true;
        if (reading != null) {
            // the cache must not be given back while it is being written
            discarded |= reading.handle(
                            (found, failure) -> failure != null && failure.getCause() instanceof TorchException)
                    .join();
        }
        if (discarded) {
            pool.discard(sequence.cache().keysAndValues());
        } else {
            pool.giveBack(sequence.model(), sequence.cache().keysAndValues(), kept);
        }
    }
}
