package dev.rapid4j.internal.retrieval;

import dev.rapid4j.internal.diskcache.BackgroundWriter;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Writes new indexes on a thread of its own, for which they stay open. So that few of them do, only one waits while
 * another is written, and what comes then is not written. Safe to use from several threads.
 */
final class IndexWriter {

    private static final int MOST_TEXTS = 2;

    private final BackgroundWriter thread = new BackgroundWriter();
    private final Set<String> texts = new HashSet<>();

    /** Held while a file is written. */
    private final Object files = new Object();

    /**
     * @param write puts each file into what it is given, which says false when no more is to be written
     * @param whenEnded called also if nothing is written
     */
    void submit(String text, Consumer<Predicate<Runnable>> write, Runnable whenEnded) {
        if (!begin(text)) {
            whenEnded.run();
            return;
        }
        Runnable ended = () -> {
            end(text);
            whenEnded.run();
        };
        boolean willBe = thread.submit(() -> {
            try {
                write.accept(file -> write(text, file));
            } finally {
                ended.run();
            }
        });
        if (!willBe) {
            ended.run();
        }
    }

    private synchronized boolean begin(String text) {
        return texts.size() < MOST_TEXTS && texts.add(text);
    }

    private synchronized boolean end(String text) {
        return texts.remove(text);
    }

    private synchronized boolean goesOn(String text) {
        return texts.contains(text);
    }

    private boolean write(String text, Runnable file) {
        synchronized (files) {
            boolean goesOn = goesOn(text);
            if (goesOn) {
                file.run();
            }
            return goesOn;
        }
    }

    /** Has no more files of a text written; waits for one that is being written. */
    void cancel(String text) {
        synchronized (files) {
            end(text);
        }
    }

    /** Waits until all is written. */
    void await() {
        thread.await();
    }
}
