package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.samples.benchmarks.ShapeBenchmark.Pass;
import dev.rapid4j.samples.benchmarks.ShapeBenchmark.Prefill;
import dev.rapid4j.samples.benchmarks.ShapeBenchmark.Result;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "shapes",
        description = {
            "Times models of random weights in the shapes of published ones: loading, prefill, a decode step and"
                    + " verifications behind growing contexts, against the device's read bandwidth.",
            "A shape's weights are written into the folder for temporary files (1 GB for qwen2.5-0.5b, 2.5 GB for"
                    + " llama-3.2-1b), and removed again."
        },
        showDefaultValues = true)
final class ShapesCommand extends Measurement {

    private static final int MAX_WIDTH = 64;
    private static final int MAX_REPETITIONS = 10_000;

    @Option(
            names = "--shape",
            split = ",",
            defaultValue = "qwen2.5-0.5b,llama-3.2-1b",
            description = "qwen2.5-0.5b, llama-3.2-1b, llama-3.1-8b or tiny")
    private List<String> shapes;

    @Mixin
    private DeviceOption device;

    @Mixin
    private CacheTypeOption cacheType;

    @Option(
            names = "--weights",
            split = ",",
            defaultValue = "AUTO",
            description = "AUTO (as suits file, device and memory), FLOAT32, BFLOAT16, FLOAT16, INT8, INT4 or FP8")
    private List<WeightFormat> formats;

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

    @Override
    void measure(Output output) throws IOException {
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
        ShapeBenchmark benchmark = new ShapeBenchmark(
                Device.of(device.name()),
                cacheType.type(),
                List.copyOf(allContexts),
                List.copyOf(allWidths),
                repetitions);
        Progress progress = new Progress(
                output.progress(),
                formats.size()
                        * chosen.stream()
                                .mapToDouble(shape -> benchmark.work(shape.weightsOfOnePass()))
                                .sum());
        List<Result> results = new ArrayList<>();
        for (Shape shape : chosen) {
            progress.begin("Writing random weights in the shape of " + shape.name(), 0);
            try (RandomCheckpoint checkpoint =
                    RandomCheckpoint.write(shape.name(), shape.config(), shape.tensors(), List.of())) {
                for (WeightFormat weights : formats) {
                    Result result = benchmark.run(Checkpoint.open(checkpoint.folder()), weights, progress);
                    results.add(result);
                    print(result, output);
                    output.write(results);
                }
            }
        }
    }

    private static void print(Result result, Output output) {
        output.text(
                "%s on %s as %s, %d threads: loaded in %.2f s, %,d MB resident; one pass reads %,d MB of weights.%nThe device reads %s GB/s."
                        .formatted(
                                result.model(),
                                result.device(),
                                result.weights(),
                                result.threads(),
                                result.loadSeconds(),
                                result.residentBytes() / 1_000_000,
                                result.passBytes() / 1_000_000,
                                result.readBandwidth().times(1e-9).format("%.1f")));
        output.header("context", "read in, s", "prefill, tokens/s of a chunk");
        for (Prefill prefill : result.prefills()) {
            output.row(
                    "%,d".formatted(prefill.context()),
                    "%.2f".formatted(prefill.seconds()),
                    prefill.tokensPerSecond().format("%.0f"));
        }
        output.header("context", "tokens of the pass", "ms", "in decode steps", "MB read", "of the read bandwidth");
        for (Pass pass : result.passes()) {
            output.row(
                    "%,d".formatted(pass.context()),
                    "%d".formatted(pass.tokens()),
                    pass.seconds().times(1e3).format("%.1f"),
                    pass.decodeSteps().format("%.2f"),
                    "%,d".formatted(pass.bytes() / 1_000_000),
                    pass.bandwidthShare().format("%.2f"));
        }
    }
}
