package dev.rapid4j.internal.retrieval;

/** Hears how far the indexing of a long text has come. Called on the thread that indexes, after every batch. */
@FunctionalInterface
public interface IndexingListener {

    /**
     * @param embedded segments embedded so far
     * @param total segments of the text
     */
    void onProgress(int embedded, int total);
}
