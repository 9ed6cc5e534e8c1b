package dev.rapid4j.internal.diskcache;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does one after another what it is given, on a thread of its own, which ends when there has been nothing to do for a
 * while and does not keep the JVM alive.
 */
public final class BackgroundWriter {

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidEngine");

    private static final long IDLE_SECONDS = 5;

    private final ThreadPoolExecutor thread;
    private final AtomicBoolean failureSaid = new AtomicBoolean();

    public BackgroundWriter() {
        this(BackgroundWriter::thread);
    }

    BackgroundWriter(ThreadFactory threads) {
        thread = new ThreadPoolExecutor(1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads);
        thread.allowCoreThreadTimeOut(true);
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "rapid-cache-writer");
        thread.setDaemon(true);
        return thread;
    }

    /**
     * @param task what it throws is logged once
     * @return false if it will not be done, as no thread can be started; that is logged with the same
     */
    public boolean submit(Runnable task) {
        try {
            thread.execute(() -> {
                try {
                    task.run();
                } catch (RuntimeException | OutOfMemoryError e) {
                    warn(e);
                }
            });
            return true;
        } catch (OutOfMemoryError e) {
            warn(e);
            return false;
        }
    }

    private void warn(Throwable e) {
        if (!failureSaid.getAndSet(true)) {
            LOG.warn("Something was not written to the cacheDirectory; said once", e);
        }
    }

    /** Waits until all is done that was given before. */
    public void await() {
        CountDownLatch done = new CountDownLatch(1);
        if (!submit(done::countDown)) {
            return;
        }
        boolean interrupted = false;
        while (true) {
            try {
                done.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
