package dev.rapid4j.spring;

import dev.langchain4j.exception.LangChain4jException;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model that is loaded once, by a thread of its own: those who need it wait, and an interrupt of one of them does not
 * harm the others. It is closed with this, or, if it is being loaded then, as soon as it has been.
 */
final class Deferred<T extends AutoCloseable> implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Deferred.class);

    private final String name;
    private final LoadMode mode;
    private final Supplier<T> load;
    private final Function<Throwable, RapidUnavailableException> explain;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private Thread loader;
    private volatile Instant started;
    private volatile boolean closed;

    private Deferred(
            String name, LoadMode mode, Supplier<T> load, Function<Throwable, RapidUnavailableException> explain) {
        this.name = name;
        this.mode = mode;
        this.load = load;
        this.explain = explain;
    }

    /**
     * @param name of what is loaded
     * @param explain why it could not be loaded, from what {@code load} has thrown
     * @throws RapidUnavailableException if it could not be loaded, and the mode is {@link LoadMode#EAGER}
     */
    static <T extends AutoCloseable> Deferred<T> of(
            String name, LoadMode mode, Supplier<T> load, Function<Throwable, RapidUnavailableException> explain) {
        Deferred<T> deferred = new Deferred<>(name, mode, load, explain);
        if (mode != LoadMode.LAZY) {
            deferred.start();
        }
        if (mode == LoadMode.EAGER) {
            try {
                deferred.get();
            } catch (RuntimeException e) {
                deferred.close();
                throw e;
            }
        }
        return deferred;
    }

    private synchronized void start() {
        if (loader == null && !closed) {
            started = Instant.now();
            loader = new Thread(this::run, "loading " + name);
            loader.setDaemon(true);
            loader.start();
        }
    }

    private void run() {
        try {
            T loaded = load.get();
            if (!result.complete(loaded)) {
                Thread.interrupted();
                close(loaded);
            }
        } catch (Throwable e) {
            if (e instanceof RapidUnavailableException cause) {
                // of another model that this one needs, which has told
                result.completeExceptionally(cause);
            } else if (result.completeExceptionally(explain.apply(e)) && mode != LoadMode.EAGER) {
                LOG.error("{}", failure().orElseThrow().getMessage());
                LOG.debug("Loading {} failed", name, e);
            }
        }
    }

    /**
     * Waits until it is loaded, and has it loaded if need be.
     *
     * @throws RapidUnavailableException if it could not be loaded, or this is closed
     * @throws LangChain4jException if the thread is interrupted, which it then still is
     */
    T get() {
        start();
        try {
            return result.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LangChain4jException(
                    "The thread was interrupted while it waited for " + name + " to be loaded", e);
        } catch (ExecutionException e) {
            throw ((RapidUnavailableException) e.getCause()).again();
        }
    }

    /** When loading began; empty before. */
    Optional<Instant> started() {
        return Optional.ofNullable(started);
    }

    /** What has been loaded; empty until it is, and if it could not be. */
    Optional<T> loaded() {
        return result.isDone() && !result.isCompletedExceptionally() ? Optional.of(result.join()) : Optional.empty();
    }

    /** Why it could not be loaded, or that this was closed before it was; empty otherwise. */
    Optional<RapidUnavailableException> failure() {
        return result.handle((loaded, failure) -> Optional.ofNullable((RapidUnavailableException) failure))
                .getNow(Optional.empty());
    }

    boolean closed() {
        return closed;
    }

    @Override
    public void close() {
        boolean pending;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            pending = result.completeExceptionally(new RapidUnavailableException(
                    "The application is shutting down, or its context is closed: " + name + " is not available.",
                    "",
                    null));
            if (pending && loader != null) {
                loader.interrupt();
            }
        }
        if (!pending) {
            loaded().ifPresent(Deferred::close);
        }
    }

    private static void close(AutoCloseable loaded) {
        try {
            loaded.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
