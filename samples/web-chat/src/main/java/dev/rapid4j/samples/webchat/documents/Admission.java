package dev.rapid4j.samples.webchat.documents;

import dev.rapid4j.samples.webchat.problem.Problem.Kind;
import dev.rapid4j.samples.webchat.problem.ProblemException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Lets few files in at a time: a large one takes much memory from its bytes to the count of its tokens. */
public final class Admission {

    private final Semaphore permits;
    private final int maxWaiting;
    private final Duration patience;

    /**
     * @param atATime files
     * @param maxWaiting files that may wait, each of which holds a thread
     * @param patience how long one waits at most
     */
    public Admission(int atATime, int maxWaiting, Duration patience) {
        this.permits = new Semaphore(atATime, true);
        this.maxWaiting = maxWaiting;
        this.patience = patience;
    }

    /**
     * Takes a file in when its turn has come.
     *
     * @throws ProblemException if its turn does not come
     */
    public <T> T admit(Callable<T> file) throws Exception {
        if (permits.getQueueLength() >= maxWaiting || !permits.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
            throw new ProblemException(
                    Kind.TOO_MANY, "Too many files are being read", "Yours was not added. Try again in a minute.");
        }
        return admitted(file);
    }

    /**
     * Does what nobody need wait for, unless files are being taken in.
     *
     * @throws ProblemException if they are
     */
    public <T> T admitAtOnce(Callable<T> work) throws Exception {
        if (!permits.tryAcquire()) {
            throw new ProblemException(Kind.TOO_MANY, "Files are being read", "Try again in a minute.");
        }
        return admitted(work);
    }

    private <T> T admitted(Callable<T> work) throws Exception {
        try {
            return work.call();
        } finally {
            permits.release();
        }
    }
}
