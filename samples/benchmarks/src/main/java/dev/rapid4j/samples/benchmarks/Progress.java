package dev.rapid4j.samples.benchmarks;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** Says what is being done, and how long the rest takes if it goes on like this. */
final class Progress {

    private final PrintWriter console;
    private final double work;
    private final long start = System.nanoTime();
    private double done;
    private double current;

    /** @param work all that is to be done, in any unit */
    Progress(PrintWriter console, double work) {
        this.console = console;
        this.work = work;
    }

    /**
     * Ends the step before.
     *
     * @param stepWork how much of the work this step is
     */
    void begin(String step, double stepWork) {
        done += current;
        current = stepWork;
        console.println(done == 0 ? step : step + left());
        console.flush();
    }

    private String left() {
        double seconds = (System.nanoTime() - start) / 1e9 / done * Math.max(0, work - done);
        Duration left = Duration.ofSeconds(Math.round(seconds));
        return String.format(Locale.ROOT, " (about %d:%02d min left)", left.toMinutes(), left.toSecondsPart());
    }
}
