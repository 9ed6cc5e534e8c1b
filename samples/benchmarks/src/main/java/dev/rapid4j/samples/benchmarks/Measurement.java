package dev.rapid4j.samples.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A command that measures something. */
abstract class Measurement implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(names = "--out", description = "the JSON file to write (default: target/, and the command's name)")
    private Path out;

    /**
     * Prints what it measures, and writes what it has so far whenever there is more.
     *
     * @throws IllegalArgumentException if an option cannot be used; nothing has been measured then
     */
    abstract void measure(Output output) throws IOException;

    @Override
    public final Integer call() throws IOException {
        ResultFile file = new ResultFile(out == null ? Path.of("target", spec.name() + ".json") : out);
        measure(new Output(
                spec.name(), spec.commandLine().getOut(), spec.commandLine().getErr(), file));
        spec.commandLine().getOut().println("Written to " + file);
        return 0;
    }

    /** @throws IllegalArgumentException if the value is less than 1 or more than that */
    static void requireRange(String option, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException("%s must be from 1 to %,d, not %,d".formatted(option, most, value));
        }
    }
}
