package dev.rapid4j.internal.engine;

import dev.rapid4j.TorchException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Loading on a thread of its own, beside what the caller does. */
public final class Background<T> implements AutoCloseable {

    private final FutureTask<T> task;
    private final Thread thread;

    private Background(FutureTask<T> task) {
        this.task = task;
        thread = new Thread(task, "rapid-loading");
        thread.setDaemon(true);
    }

    public static <T> Background<T> start(Callable<T> loading) {
        Background<T> background = new Background<>(new FutureTask<>(loading));
        background.thread.start();
        return background;
    }

    /**
     * What it came to; what it threw is thrown.
     *
     * @throws TorchException if the caller is interrupted meanwhile
     */
    public T await() {
        try {
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TorchException("Loading was interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw new TorchException("Loading failed: " + e.getCause(), e.getCause());
        }
    }

    /** Interrupts it if it is not done, and waits until it has ended. */
    @Override
    public void close() {
        boolean interrupted = false;
        while (thread.isAlive()) {
            if (!task.isDone()) {
                thread.interrupt();
            }
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
