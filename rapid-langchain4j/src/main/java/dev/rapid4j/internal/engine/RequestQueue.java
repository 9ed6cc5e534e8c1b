package dev.rapid4j.internal.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Runs requests one at a time in order of arrival: one generation keeps a machine busy. What is native is freed by the
 * thread that uses it, when it ends.
 */
public final class RequestQueue implements AutoCloseable {

    private final int maxWaiting;
    private final Consumer<Runnable> runner;
    private final Runnable release;
    private final Thread worker;
    private final Deque<Request<?>> waiting = new ArrayDeque<>();
    private Optional<Request<?>> running = Optional.empty();
    private boolean closed;

    /**
     * @param runner runs each request
     * @param release called last, when nothing runs any more
     */
    public RequestQueue(String name, int maxWaiting, Consumer<Runnable> runner, Runnable release) {
        this.maxWaiting = maxWaiting;
        this.runner = runner;
        this.release = release;
        worker = new Thread(this::work, name);
        worker.setDaemon(true);
        worker.start();
    }

    /** Takes a request in, or ends it at once if there is no room for it. */
    public void submit(Request<?> request) {
        Optional<RuntimeException> refusal = add(request);
        if (refusal.isEmpty()) {
            request.result().whenComplete((response, failure) -> remove(request));
            // nobody else's place has changed, and their listeners may be waiting for a lock that the caller holds
            int ahead = inOrder().indexOf(request);
            if (ahead >= 0) {
                request.place(ahead);
            }
        } else {
            request.fail(refusal.get());
        }
    }

    /** @return why not, if it is not taken in */
    private synchronized Optional<RuntimeException> add(Request<?> request) {
        if (closed) {
            return Optional.of(LangChain4jExceptions.closed());
        }
        if (waiting.size() - (running.isEmpty() ? 1 : 0) >= maxWaiting) {
            return Optional.of(LangChain4jExceptions.queueFull(maxWaiting));
        }
        waiting.addLast(request);
        notifyAll();
        return Optional.empty();
    }

    private void remove(Request<?> request) {
        boolean removed;
        synchronized (this) {
            removed = waiting.remove(request);
        }
        if (removed) {
            tellPlaces();
        }
    }

    /** Tells those that wait how many are before them; outside the lock, as who listens may come back. */
    private void tellPlaces() {
        List<Request<?>> inOrder = inOrder();
        for (int ahead = 0; ahead < inOrder.size(); ahead++) {
            inOrder.get(ahead).place(ahead);
        }
    }

    private synchronized List<Request<?>> inOrder() {
        List<Request<?>> inOrder = new ArrayList<>(waiting);
        running.ifPresent(request -> inOrder.add(0, request));
        return inOrder;
    }

    public synchronized int waiting() {
        return waiting.size();
    }

    public synchronized boolean isRunning() {
        return running.isPresent();
    }

    /** @throws dev.langchain4j.exception.NonRetriableException if the queue is closed */
    public synchronized void checkOpen() {
        if (closed) {
            throw LangChain4jExceptions.closed();
        }
    }

    /** Whether the calling thread is the one that answers requests, which therefore must not wait for an answer. */
    public boolean isWorker() {
        return Thread.currentThread() == worker;
    }

    private void work() {
        try {
            for (Optional<Request<?>> request = next(); request.isPresent(); request = next()) {
                tellPlaces();
                runner.accept(request.get()::run);
            }
        } finally {
            release.run();
        }
    }

    /** @return empty once the queue is closed */
    private synchronized Optional<Request<?>> next() {
        running = Optional.empty();
        while (waiting.isEmpty() && !closed) {
            try {
                wait();
            } catch (InterruptedException e) {
                // nobody has a reason to interrupt this thread; close() ends it
                continue;
            }
        }
        // a flag left behind by an embedding model must not meet the next request
        Thread.interrupted();
        running = Optional.ofNullable(waiting.pollFirst());
        return running;
    }

    /**
     * Ends all requests and waits until the round that is running has ended and everything is freed; from the worker
     * itself, that happens when the round ends.
     */
    @Override
    public void close() {
        List<Request<?>> ending;
        synchronized (this) {
            closed = true;
            ending = new ArrayList<>(waiting);
            running.ifPresent(ending::add);
            waiting.clear();
            notifyAll();
        }
        ending.forEach(request -> request.fail(LangChain4jExceptions.closed()));
        if (!isWorker()) {
            try {
                worker.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
