package dev.rapid4j;

import dev.rapid4j.internal.text.ByteSizes;
import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;

/** Draws the progress of a download. */
final class ConsoleProgress implements DownloadListener {

    private static final int WIDTH = 30;

    private final PrintStream out;
    private final boolean terminal;
    private String lastFile = "";
    private int lastTenth;

    ConsoleProgress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** From JDK 22 on there may be a console without a terminal, which is asked by a method that JDK 17 lacks. */
    static boolean isTerminal() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }

    @Override
    public synchronized void onProgress(DownloadProgress progress) {
        double part = progress.bytesTotal() > 0 ? (double) progress.bytesDone() / progress.bytesTotal() : 0;
        boolean complete = progress.bytesDone() == progress.bytesTotal();
        if (terminal) {
            int filled = (int) (part * WIDTH);
            out.print("\r" + "█".repeat(filled) + "░".repeat(WIDTH - filled) + " " + line(progress) + "\u001b[K"
                    + (complete ? System.lineSeparator() : ""));
            out.flush();
            return;
        }
        int tenth = (int) (part * 10);
        if (!progress.file().equals(lastFile) || tenth != lastTenth) {
            out.println(line(progress));
            lastFile = progress.file();
            lastTenth = tenth;
        }
    }

    private static String line(DownloadProgress progress) {
        return String.format(
                Locale.ROOT,
                "%s %s of %s (file %d of %d)",
                progress.file(),
                ByteSizes.text(progress.bytesDone()),
                progress.bytesTotal() < 0 ? "?" : ByteSizes.text(progress.bytesTotal()),
                progress.bytesDone() == progress.bytesTotal() ? progress.filesDone() : progress.filesDone() + 1,
                progress.filesTotal());
    }
}
