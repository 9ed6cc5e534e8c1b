package dev.rapid4j;

/** Is told how far a download is. */
@FunctionalInterface
public interface DownloadListener {

    /**
     * Called at the start and at the end of each file, and several times a second in between, by the thread that
     * downloads. An exception thrown here ends the download; what has arrived is kept for the next attempt.
     */
    void onProgress(DownloadProgress progress);

    /** A bar on the standard error stream: one that moves on a terminal, else a line for each tenth of a file. */
    static DownloadListener console() {
        return new ConsoleProgress(System.err, ConsoleProgress.isTerminal());
    }

    /** Shows nothing. */
    static DownloadListener silent() {
        return progress -> {};
    }
}
