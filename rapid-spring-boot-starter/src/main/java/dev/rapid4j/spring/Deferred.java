package dev.rapid4j.spring;

import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.TimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model that is loaded once, by a thread of its own: those who need it wait, and an interrupt of one of them does not
 * harm the others. It is closed with this or, if it is being loaded then, as soon as it has been.
 */
final class Deferred<T extends AutoCloseable> implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RapidEngineLoader.class);

    private final String name;
    private final LoadMode mode;
    private final Supplier<T> load;
    private final Function<Throwable, RapidUnavailableException> explain;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private Thread loader;
    private volatile Instant started;
    private volatile Duration loadingTime = Duration.ZERO;
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

    /** What is loaded already. */
    static <T extends AutoCloseable> Deferred<T> loaded(String name, T loaded) {
        return of(name, LoadMode.EAGER, () -> loaded, failure -> null);
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
            loadingTime = Duration.between(started, Instant.now());
            if (!result.complete(loaded)) {
                // of the interrupt by which closing hastens loading
                Thread.interrupted();
                close(loaded);
            }
        } catch (RapidUnavailableException e) {
            // the failure of another model, which has been logged
            result.completeExceptionally(e);
        } catch (Throwable e) {
            RapidUnavailableException reason = explain.apply(e);
            if (mode != LoadMode.EAGER && !closed) {
                log(reason);
            }
            result.completeExceptionally(reason);
        }
    }

    private static void log(RapidUnavailableException reason) {
        if (reason.action().isEmpty()) {
            LOG.error(reason.description(), reason.getCause());
        } else {
            LOG.error(reason.getMessage());
        }
    }

    /**
     * Waits until it is loaded, and has it loaded if need be.
     *
     * @throws RapidUnavailableException if it could not be loaded, or this is closed
     * @throws LangChain4jException if the thread is interrupted, which it then still is
     */
    T get() {
        return get(null);
    }

    /**
     * As {@link #get()}.
     *
     * @param timeout {@code null} if there is none
     * @throws TimeoutException if that takes longer
     */
    T get(Duration timeout) {
        if (closed) {
            throw shuttingDown();
        }
        start();
        try {
            // without a limit where there is none: only a start that waits so is interrupted by Spring at a shutdown
            return timeout == null
                    ? result.get()
                    : result.get(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LangChain4jException(
                    "The thread was interrupted while it waited for " + name + " to be loaded", e);
        } catch (java.util.concurrent.TimeoutException e) {
            throw new TimeoutException(
                    "The request did not end within its timeout of " + timeout + ": " + name + " is still being loaded",
                    e);
        } catch (ExecutionException e) {
            throw ((RapidUnavailableException) e.getCause()).again();
        }
    }

    /** When loading began; empty before. */
    Optional<Instant> started() {
        return Optional.ofNullable(started);
    }

    /** What loading took; zero until it has been loaded. */
    Duration loadingTime() {
        return loadingTime;
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
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            if (loader != null) {
                loader.interrupt();
            }
        }
        if (!result.completeExceptionally(shuttingDown())) {
            loaded().ifPresent(Deferred::close);
        }
    }

    private RapidUnavailableException shuttingDown() {
        return new RapidUnavailableException(
                "The application is shutting down: " + name + " is not available any more.", "", null);
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
