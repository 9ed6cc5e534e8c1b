package dev.rapid4j.internal.engine;

import dev.rapid4j.ProgressListener;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * A request on its way through the engine. It ends once: with a response, or a failure, which may come from outside
 * while it waits or runs; then the worker drops it within a round.
 *
 * @param <T> the response
 */
public final class Request<T> {

    private final Function<Request<T>, T> work;
    private final ProgressListener progress;
    private final boolean alone;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final long arrival = System.nanoTime();
    private int ahead = Integer.MAX_VALUE;

    /**
     * @param work answers it, calling {@link #checkEnded()} now and then
     * @param progress hears what place it has in the queue
     */
    public Request(Function<Request<T>, T> work, ProgressListener progress) {
        this(work, progress, false);
    }

    private Request(Function<Request<T>, T> work, ProgressListener progress, boolean alone) {
        this.work = work;
        this.progress = progress;
        this.alone = alone;
    }

    /** One that runs when those before it have ended, and before those behind it begin. */
    static <T> Request<T> alone(Function<Request<T>, T> work) {
        return new Request<>(work, new ProgressListener() {}, true);
    }

    boolean isAlone() {
        return alone;
    }

    public CompletableFuture<T> result() {
        return result;
    }

    public ProgressListener progress() {
        return progress;
    }

    /** Since it was made. */
    Duration age() {
        return Duration.ofNanos(System.nanoTime() - arrival);
    }

    /** @param ahead how many have to end before; told once, and as it only gets less, never out of order */
    synchronized void place(int ahead) {
        if (ahead < this.ahead && !ended()) {
            this.ahead = ahead;
            progress.onQueued(ahead);
        }
    }

    void run() {
        if (result.isDone()) {
            return;
        }
        try {
            result.complete(work.apply(this));
        } catch (Throwable e) {
            fail(LangChain4jExceptions.of(e));
        }
    }

    public void fail(RuntimeException failure) {
        result.completeExceptionally(failure);
    }

    boolean ended() {
        return result.isDone();
    }

    void checkEnded() {
        if (ended()) {
            throw new CancellationException("Nobody waits for the answer any more");
        }
    }
}
