package dev.rapid4j.samples.quickstart;

import dev.rapid4j.ProgressListener;

/** Shows on one line how far indexing and reading have come, while they take long. */
final class ConsoleProgress implements ProgressListener {

    private static final int LONG_TOKENS = 4096;

    @Override
    public void onIndexing(int embedded, int total) {
        show("indexing: passage", embedded, total);
    }

    @Override
    public void onPrefill(int read, int total) {
        if (total >= LONG_TOKENS) {
            show("reading: token", read, total);
        }
    }

    private static void show(String what, int done, int total) {
        String line = "  %s %,d of %,d".formatted(what, done, total);
        System.out.print("\r" + (done < total - 1 ? line : " ".repeat(line.length() + 8) + "\r"));
        System.out.flush();
    }
}
