package dev.rapid4j.samples.quickstart;

import dev.rapid4j.ProgressListener;
import java.io.Console;
import java.io.PrintStream;

/**
 * Shows how far loading, indexing and reading have come, while they take long: on a terminal in one line, elsewhere in
 * three.
 */
final class ConsoleProgress implements ProgressListener {

    private static final int LONG_MEGABYTES = 256;
    private static final int LONG_TOKENS = 2048;
    private static final int QUARTERS = 4;

    private final PrintStream out;
    private final boolean terminal;
    private boolean shown;
    private int quarter;

    /** @param terminal whether a line can be written anew */
    ConsoleProgress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    static ConsoleProgress onStandardOutput() {
        return new ConsoleProgress(System.out, isTerminal());
    }

    /** From JDK 22 on there may be a console without a terminal, which is asked by a method that JDK 17 lacks. */
    private static boolean isTerminal() {
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
    public void onLoading(String model, long loaded, long total) {
        show("loading " + model + ": megabyte", (int) (loaded / 1_000_000), (int) (total / 1_000_000), LONG_MEGABYTES);
    }

    @Override
    public void onIndexing(int embedded, int total) {
        show("indexing: passage", embedded, total, 1);
    }

    @Override
    public void onPrefill(int read, int total) {
        show("reading: token", read, total, LONG_TOKENS);
    }

    /** @param least how much must be left for it to be worth showing */
    private void show(String what, int done, int total, int least) {
        if (!shown && total - done < least) {
            return;
        }
        // the last token of a prompt is not read but answered
        shown = done < total - 1;
        String line = "  %s %,d of %,d".formatted(what, done, total);
        if (terminal) {
            out.print("\r" + (shown ? line : " ".repeat(line.length()) + "\r"));
            out.flush();
        } else {
            int reached = (int) ((long) QUARTERS * done / total);
            if (shown && reached > quarter) {
                out.println(line);
            }
            quarter = shown ? reached : 0;
        }
    }
}
