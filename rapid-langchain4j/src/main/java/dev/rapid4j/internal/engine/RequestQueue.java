package dev.rapid4j.internal.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Runs requests in order of arrival, up to a number of them at once, each on one of its threads. What is native is
 * freed by the last of these threads when it ends.
 */
public final class RequestQueue implements AutoCloseable {

    private final String name;
    private final int maxRunning;
    private final int maxWaiting;
    private final Consumer<Runnable> runner;
    private final Runnable release;
    /** As many as were needed at once so far; those that have not ended. */
    private final Set<Thread> workers = new LinkedHashSet<>();

    private final Deque<Request<?>> waiting = new ArrayDeque<>();
    private final Set<Request<?>> running = new LinkedHashSet<>();
    private int idleWorkers;
    private boolean closed;

    /**
     * @param maxRunning most requests at once, at least 1
     * @param runner runs each request
     * @param release called last, when nothing runs any more
     */
    public RequestQueue(String name, int maxRunning, int maxWaiting, Consumer<Runnable> runner, Runnable release) {
        this.name = name;
        this.maxRunning = maxRunning;
        this.maxWaiting = maxWaiting;
        this.runner = runner;
        this.release = release;
        // so that there is one who frees what is native, whether there are requests or not
        startWorker();
    }

    private void startWorker() {
        Thread worker = new Thread(this::work, maxRunning == 1 ? name : name + "-" + (workers.size() + 1));
        worker.setDaemon(true);
        workers.add(worker);
        idleWorkers++;
        worker.start();
    }

    /** Takes a request in, or ends it at once if there is no room for it. */
    public void submit(Request<?> request) {
        Optional<RuntimeException> refusal = add(request);
        if (refusal.isEmpty()) {
            request.result().whenComplete((response, failure) -> remove(request));
            // nobody else's place has changed, and their listeners may be waiting for a lock that the caller holds
            int place = inOrder().indexOf(request);
            if (place >= 0) {
                tell(request, place);
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
        // who hears that a request has ended may ask the next before its worker is free
        long unended = running.stream().filter(each -> !each.ended()).count();
        if (waiting.size() - (maxRunning - unended) >= maxWaiting) {
            return Optional.of(LangChain4jExceptions.queueFull(maxWaiting));
        }
        if (idleWorkers <= waiting.size() && workers.size() < maxRunning) {
            startWorker();
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
        for (int place = 0; place < inOrder.size(); place++) {
            tell(inOrder.get(place), place);
        }
    }

    private void tell(Request<?> request, int place) {
        request.place(Math.max(0, place - maxRunning + 1));
    }

    private synchronized List<Request<?>> inOrder() {
        List<Request<?>> inOrder = new ArrayList<>(running);
        inOrder.addAll(waiting);
        return inOrder;
    }

    public synchronized int waiting() {
        return waiting.size();
    }

    public synchronized int running() {
        return running.size();
    }

    /** @throws dev.langchain4j.exception.NonRetriableException if the queue is closed */
    public synchronized void checkOpen() {
        if (closed) {
            throw LangChain4jExceptions.closed();
        }
    }

    /** Whether the calling thread is one that answers requests, which therefore must not wait for an answer. */
    public synchronized boolean isWorker() {
        return workers.contains(Thread.currentThread());
    }

    private void work() {
        try {
            for (Optional<Request<?>> next = next(); next.isPresent(); next = next()) {
                Request<?> request = next.get();
                try {
                    tellPlaces();
                    runner.accept(request::run);
                } finally {
                    ended(request);
                }
            }
        } finally {
            if (isLast()) {
                release.run();
            }
        }
    }

    /** @return empty once the queue is closed */
    private synchronized Optional<Request<?>> next() {
        while (!canBegin() && !closed) {
            try {
                wait();
            } catch (InterruptedException e) {
                // nobody has a reason to interrupt this thread; close() ends it
                continue;
            }
        }
        // a flag left behind by an embedding model must not meet the next request
        Thread.interrupted();
        idleWorkers--;
        Optional<Request<?>> next = Optional.ofNullable(waiting.pollFirst());
        next.ifPresent(running::add);
        return next;
    }

    private boolean canBegin() {
        return !waiting.isEmpty()
                && (running.isEmpty()
                        || !waiting.peekFirst().isAlone() && running.stream().noneMatch(Request::isAlone));
    }

    private synchronized void ended(Request<?> request) {
        running.remove(request);
        idleWorkers++;
        notifyAll();
    }

    /** Ends the calling thread's part in this. */
    private synchronized boolean isLast() {
        workers.remove(Thread.currentThread());
        return workers.isEmpty();
    }

    /**
     * Ends all requests and waits until the rounds that are running have ended and everything is freed; from a worker,
     * that happens when its round and those of the others end.
     */
    @Override
    public void close() {
        List<Request<?>> ending;
        List<Thread> ended;
        synchronized (this) {
            closed = true;
            ending = inOrder();
            ended = List.copyOf(workers);
            waiting.clear();
            notifyAll();
        }
        ending.forEach(request -> request.fail(LangChain4jExceptions.closed()));
        if (!isWorker()) {
            try {
                for (Thread worker : ended) {
                    worker.join();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
