package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.internal.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "micro",
        description = "What happens to a long text before a model reads it: opening a tokenizer, tokenizing, splitting,"
                + " searching; with JMH.",
        showDefaultValues = true)
final class MicroCommand extends Measurement {

    private static final int MOST_CONTEXT = 500_000;

    @Option(
            names = "--context",
            split = ",",
            defaultValue = "16000,64000",
            description = "tokens of the text, the bundled model's")
    private List<Integer> contexts;

    @Option(
            names = "--checkpoint",
            defaultValue = "",
            description = "folder of the checkpoint whose tokenizer is opened (default: the bundled model)",
            showDefaultValue = CommandLine.Help.Visibility.NEVER)
    private String checkpoint;

    @Option(names = "--forks", defaultValue = "1", description = "JVMs, one after the other; 0 measures in this one")
    private int forks;

    @Option(names = "--iterations", defaultValue = "5", description = "measured iterations of a JVM")
    private int iterations;

    @Option(names = "--milliseconds", defaultValue = "1000", description = "length of an iteration, at least")
    private int milliseconds;

    /** @param milliseconds of one call, by iteration */
    private record Result(String what, int context, Spread milliseconds) {}

    @Override
    void measure(Output output) throws IOException {
        contexts.forEach(context -> requireRange("--context", context, MOST_CONTEXT));
        if (!checkpoint.isEmpty()) {
            // JMH would not say what is wrong with it
            Checkpoint.open(Path.of(checkpoint));
        }
        output.progress().println("JMH measures, and tells nothing until it is done");
        TimeValue time = TimeValue.milliseconds(milliseconds);
        Options options = new OptionsBuilder()
                .include(TextBenchmarks.class.getName())
                .param("context", contexts.stream().map(String::valueOf).toArray(String[]::new))
                .param("checkpoint", checkpoint)
                .forks(forks)
                .warmupIterations(iterations)
                .warmupTime(time)
                .measurementIterations(iterations)
                .measurementTime(time)
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true)
                .build();
        List<Result> results = new ArrayList<>();
        try {
            for (RunResult run : new Runner(options).run()) {
                results.add(result(run));
            }
        } catch (RunnerException e) {
            throw new IOException("JMH failed: " + e.getMessage(), e);
        }
        output.write(results);
        output.header("text, tokens", "what", "milliseconds");
        results.forEach(result -> output.row(
                "%,d".formatted(result.context()),
                result.what(),
                result.milliseconds().format("%.2f")));
    }

    private static Result result(RunResult run) {
        List<Double> measured = new ArrayList<>();
        run.getBenchmarkResults().stream()
                .flatMap(fork -> fork.getIterationResults().stream())
                .forEach(iteration -> measured.add(iteration.getPrimaryResult().getScore()));
        return new Result(
                run.getPrimaryResult().getLabel(),
                Integer.parseInt(run.getParams().getParam("context")),
                Spread.of(measured));
    }
}
