package dev.rapid4j.internal.torch;

import dev.rapid4j.TorchException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls into libtorch while the JVM lives. When it ends, exit handlers of native libraries free what a running call may
 * need, generated code above all, and the process would crash: so none may begin any more, and those that run are
 * waited for. A read lock does the counting, since it costs tens of nanoseconds.
 */
final class NativeCalls {

    private static final Logger LOG = LoggerFactory.getLogger(NativeCalls.class);

    /** The longest call reads a piece of a prompt. */
    private static final Duration LONGEST_CALL = Duration.ofSeconds(30);

    /**
     * Shutdown hooks of Spring Boot, Spring and Quarkus, by their threads' names: they let requests end, then close.
     */
    private static final Set<String> ORDERLY_HOOKS =
            Set.of("SpringApplicationShutdownHook", "SpringContextShutdownHook", "Shutdown thread");

    /** Until all hooks have been started; that takes no time, but they are started one by one. */
    private static final Duration HOOKS_START = Duration.ofMillis(50);

    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private volatile boolean ending;

    /**
     * Calls, unless the JVM is shutting down.
     *
     * @throws TorchException if it is
     */
    <T> T call(Supplier<T> call) {
        // while the hook waits for the lock, a reader may still get it: hence the flag
        if (ending || !lock.readLock().tryLock()) {
            throw new TorchException("The JVM is shutting down: the PyTorch engine takes no more calls");
        }
        try {
            return call.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Whether the JVM is shutting down, so that all calls fail. */
    boolean isEnding() {
        return ending;
    }

    /** {@link #call} of what returns nothing. */
    void run(Runnable call) {
        call(() -> {
            call.run();
            return null;
        });
    }

    /** Frees native memory; the end of the process does so anyway. */
    void free(Runnable free) {
        if (!ending && lock.readLock().tryLock()) {
            try {
                free.run();
            } finally {
                lock.readLock().unlock();
            }
        }
    }

    /**
     * Ends when the JVM does.
     *
     * @throws TorchException if it is ending already
     */
    void endWithJvm() {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(this::awaitHooksAndEnd, "rapid-shutdown"));
        } catch (IllegalStateException e) {
            throw new TorchException("The JVM is shutting down: the PyTorch engine cannot be started", e);
        }
    }

    /** {@link #end()}, once the application's own hooks have ended. */
    void awaitHooksAndEnd() {
        try {
            Thread.sleep(HOOKS_START.toMillis());
            for (Thread thread : Thread.getAllStackTraces().keySet()) {
                if (ORDERLY_HOOKS.contains(thread.getName())) {
                    thread.join();
                }
            }
        } catch (InterruptedException e) {
            LOG.warn("Interrupted before the application's shutdown hooks have ended");
        }
        end();
    }

    /** Takes no more calls, and waits for those that run; the lock is never released. */
    void end() {
        ending = true;
        boolean locked = false;
        try {
            locked = lock.writeLock().tryLock(LONGEST_CALL.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!locked) {
            LOG.warn("The JVM ends while the PyTorch engine still computes, which may crash it");
        }
    }
}
