package dev.rapid4j.samples.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.rapid4j.model.Precision;
import dev.rapid4j.samples.benchmarks.ShapeBenchmark.Pass;
import dev.rapid4j.samples.benchmarks.ShapeBenchmark.Prefill;
import dev.rapid4j.samples.benchmarks.ShapeBenchmark.Result;
import dev.rapid4j.torch.Torch;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "shapes",
        description = {
            "Times models of random weights in the shapes of published ones: loading, prefill, a decode step and"
                    + " verifications behind growing contexts, against the device's read bandwidth.",
            "A shape's weights are written into the folder for temporary files (1 GB for qwen2.5-0.5b, 2.5 GB for"
                    + " llama-3.2-1b), and removed again."
        },
        showDefaultValues = true)
final class ShapesCommand implements Callable<Integer> {

    private static final int MAX_WIDTH = 64;
    private static final int MAX_REPETITIONS = 10_000;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--shape",
            split = ",",
            defaultValue = "qwen2.5-0.5b,llama-3.2-1b",
            description = "qwen2.5-0.5b, llama-3.2-1b, llama-3.1-8b or tiny")
    private List<String> shapes;

    @Option(names = "--device", defaultValue = "auto", description = "auto, cpu, cuda or cuda:N")
    private String device;

    @Option(
            names = "--precision",
            split = ",",
            defaultValue = "AUTO",
            description = "AUTO (FLOAT32 on the CPU, BFLOAT16 on CUDA), FLOAT32, BFLOAT16 or FLOAT16")
    private List<Precision> precisions;

    @Option(
            names = "--context",
            split = ",",
            defaultValue = "1024,4096",
            description = "tokens in the cache before a pass")
    private List<Integer> contexts;

    @Option(
            names = "--tokens",
            split = ",",
            defaultValue = "2,4,8,16",
            description = "tokens of a verification, beside the decode step, which has one")
    private List<Integer> widths;

    @Option(names = "--repetitions", defaultValue = "5", description = "measured turns")
    private int repetitions;

    @Option(names = "--out", defaultValue = "target/shapes.json", description = "the JSON file to write")
    private Path out;

    @Override
    public Integer call() throws IOException {
        requireRange("--repetitions", repetitions, MAX_REPETITIONS);
        List<Shape> chosen = shapes.stream().map(Shape::of).toList();
        TreeSet<Integer> allWidths = new TreeSet<>(widths);
        allWidths.add(1);
        allWidths.forEach(width -> requireRange("--tokens", width, MAX_WIDTH));
        TreeSet<Integer> allContexts = new TreeSet<>(contexts);
        for (Shape shape : chosen) {
            allContexts.forEach(context -> requireRange(
                    "--context, for " + shape.name() + ",", context, shape.contextLength() - allWidths.last()));
        }
        Path file = out.toAbsolutePath();
        Files.createDirectories(file.getParent());

        PrintWriter console = spec.commandLine().getOut();
        PrintWriter progress = spec.commandLine().getErr();
        ShapeBenchmark benchmark = new ShapeBenchmark(
                Torch.device(device), List.copyOf(allContexts), List.copyOf(allWidths), repetitions, progress::println);
        ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        List<Result> results = new ArrayList<>();
        for (Shape shape : chosen) {
            progress.println("Writing random weights in the shape of " + shape.name());
            try (RandomCheckpoint checkpoint = RandomCheckpoint.write(shape)) {
                for (Precision precision : precisions) {
                    Result result = benchmark.run(shape, checkpoint.folder(), precision);
                    results.add(result);
                    print(result, console);
                    json.writeValue(file.toFile(), results);
                }
            }
        }
        console.println("Written to " + file);
        return 0;
    }

    private static void requireRange(String what, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException("%s must be from 1 to %,d, not %,d".formatted(what, most, value));
        }
    }

    private static void print(Result result, PrintWriter console) {
        console.printf(
                "%n%s on %s as %s, %d threads: loaded in %.2f s, %,d MB resident; one pass reads %,d MB of weights.%n"
                        + "The device reads %s GB/s.%n",
                result.shape(),
                result.device(),
                result.precision(),
                result.threads(),
                result.loadSeconds(),
                result.residentBytes() >> 20,
                result.passBytes() >> 20,
                new Spread(
                                result.readBandwidth().minimum() / 1e9,
                                result.readBandwidth().median() / 1e9,
                                result.readBandwidth().maximum() / 1e9)
                        .format("%.1f"));
        console.printf("%n| context | read in, s | prefill, tokens/s of a chunk |%n|---|---|---|%n");
        for (Prefill prefill : result.prefills()) {
            console.printf(
                    "| %,d | %.2f | %s |%n",
                    prefill.context(),
                    prefill.seconds(),
                    prefill.tokensPerSecond().format("%.0f"));
        }
        console.printf("%n| context | tokens of the pass | ms | in decode steps | MB read | of the read bandwidth |%n"
                + "|---|---|---|---|---|---|%n");
        for (Pass pass : result.passes()) {
            Spread milliseconds = new Spread(
                    pass.seconds().minimum() * 1e3,
                    pass.seconds().median() * 1e3,
                    pass.seconds().maximum() * 1e3);
            console.printf(
                    "| %,d | %d | %s | %s | %,d | %s |%n",
                    pass.context(),
                    pass.tokens(),
                    milliseconds.format("%.1f"),
                    pass.decodeSteps().format("%.2f"),
                    pass.bytes() >> 20,
                    pass.bandwidthShare().format("%.2f"));
        }
        console.println();
        console.flush();
    }
}
