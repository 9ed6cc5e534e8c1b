package dev.rapid4j.internal.embedding;

import dev.langchain4j.exception.LangChain4jException;
import dev.rapid4j.EmbeddingProgressListener;
import dev.rapid4j.TorchException;
import dev.rapid4j.internal.model.LoadedNetwork;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a network over any number of texts: one pass at a time, as a pass takes all the device has, and in the order the
 * threads come, so that a question is not kept waiting by a book.
 */
final class EncoderPasses implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidEmbeddingModel");

    private final LoadedNetwork network;
    private final String what;
    private final int batchTokens;
    private final ReentrantLock device = new ReentrantLock(true);
    private volatile boolean closed;

    /** What is done with a batch: {@code batch.get(i)} is the sequence with the number {@code indices[i]}. */
    interface Pass {
        void run(int[] indices, List<int[]> batch);
    }

    /**
     * @param what the network is, for messages
     * @param batchTokens most tokens of a pass, unless a single text has more
     */
    EncoderPasses(LoadedNetwork network, String what, int batchTokens) {
        this.network = network;
        this.what = what;
        this.batchTokens = batchTokens;
    }

    /**
     * @throws IllegalStateException if the network is closed, before or meanwhile
     * @throws LangChain4jException if the network fails, or the thread is interrupted, which it then still is
     * @throws CancellationException if the listener says so
     */
    void forEachBatch(List<int[]> sequences, EmbeddingProgressListener listener, Pass pass) {
        int embedded = 0;
        int[] lengths = sequences.stream().mapToInt(sequence -> sequence.length).toArray();
        for (int[] indices : TokenBatches.of(lengths, batchTokens)) {
            List<int[]> batch = Arrays.stream(indices).mapToObj(sequences::get).toList();
            exclusively(() -> {
                pass.run(indices, batch);
                return null;
            });
            embedded += indices.length;
            report(listener, embedded, sequences.size());
        }
    }

    /** Something that is done in one go, with the device for itself. */
    <T> T exclusively(Supplier<T> action) {
        try {
            device.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(e);
        }
        try {
            checkOpen();
            return action.get();
        } catch (TorchException e) {
            throw new LangChain4jException(
                    "The %s %s failed on %s: %s".formatted(what, network.name(), network.device(), e.getMessage()), e);
        } finally {
            device.unlock();
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("The %s %s is closed; build a new one".formatted(what, network.name()));
        }
    }

    /**
     * Whether to go on with what comes before a pass.
     *
     * @throws IllegalStateException if the network is closed
     * @throws LangChain4jException if the thread is interrupted, which it then still is
     */
    void checkGoesOn() {
        checkOpen();
        if (Thread.currentThread().isInterrupted()) {
            throw interrupted(null);
        }
    }

    private static LangChain4jException interrupted(InterruptedException cause) {
        return new LangChain4jException("The thread was interrupted while texts were read", cause);
    }

    private static void report(EmbeddingProgressListener listener, int embedded, int total) {
        try {
            listener.onProgress(embedded, total);
        } catch (CancellationException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.warn("The progress listener failed at {} of {}; embedding goes on", embedded, total, e);
        }
    }

    /** Waits for the pass that is running; whoever has more to do is told that the network is closed. */
    @Override
    public void close() {
        closed = true;
        device.lock();
        try {
            network.close();
        } finally {
            device.unlock();
        }
    }
}
