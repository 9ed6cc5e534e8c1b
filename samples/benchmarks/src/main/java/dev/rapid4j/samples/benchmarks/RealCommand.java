package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.samples.benchmarks.ShapeBenchmark.Pass;
import dev.rapid4j.samples.benchmarks.ShapeBenchmark.Result;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "real",
        description = {
            "Times a model of yours in each weight format: prefill, a decode step and verifications behind growing"
                    + " contexts, against the machine's read bandwidth; the first token of a cold start, and memory.",
            "The bound of a pass is the bytes of the weights and the cache that it reads over the bandwidth."
        },
        showDefaultValues = true)
final class RealCommand extends Measurement {

    private static final int MAX_WIDTH = 64;
    private static final int MAX_REPETITIONS = 10_000;

    @Mixin
    private ModelOption model;

    @Mixin
    private DeviceOption device;

    @Mixin
    private CacheTypeOption cacheType;

    @Option(names = "--weights", split = ",", defaultValue = "AUTO", description = "${COMPLETION-CANDIDATES}")
    private List<WeightFormat> formats;

    @Option(
            names = "--context",
            split = ",",
            defaultValue = "512,2048,4096",
            description = "tokens that are read, and in the cache before a pass")
    private List<Integer> contexts;

    @Option(
            names = "--tokens",
            split = ",",
            defaultValue = "2,5,11,17,33",
            description = "tokens of a verification, beside the decode step, which has one")
    private List<Integer> widths;

    @Option(
            names = "--cold-start",
            defaultValue = "500",
            description = "tokens of the prompt of a cold start; 0 for none")
    private int coldStartTokens;

    @Option(names = "--cold-starts", defaultValue = "3", description = "how often")
    private int coldStarts;

    @Option(names = "--repetitions", defaultValue = "5", description = "measured turns")
    private int repetitions;

    /** One format's figures; no cold start where none was asked for. */
    record Figures(Result passes, List<ColdStart> coldStarts) {}

    @Override
    void measure(Output output) throws IOException {
        requireRange("--repetitions", repetitions, MAX_REPETITIONS);
        requireRange("--cold-starts", coldStarts, MAX_REPETITIONS);
        Checkpoint checkpoint = model.open();
        TreeSet<Integer> allWidths = new TreeSet<>(widths);
        allWidths.add(1);
        allWidths.forEach(width -> requireRange("--tokens", width, MAX_WIDTH));
        int longest = checkpoint.configuration().contextLength() - allWidths.last();
        TreeSet<Integer> allContexts = new TreeSet<>(contexts);
        allContexts.forEach(context -> requireRange("--context", context, longest));
        if (coldStartTokens != 0) {
            requireRange("--cold-start", coldStartTokens, longest);
        }
        ShapeBenchmark benchmark = new ShapeBenchmark(
                Device.of(device.name()),
                cacheType.type(),
                List.copyOf(allContexts),
                List.copyOf(allWidths),
                repetitions);
        Progress progress = new Progress(
                output.progress(), formats.size() * benchmark.work(ShapeBenchmark.numbersOfOnePass(checkpoint)));
        Map<WeightFormat, List<ColdStart>> firstTokens = coldStarts(progress);
        List<Figures> figures = new ArrayList<>();
        for (WeightFormat weights : formats) {
            figures.add(new Figures(benchmark.run(checkpoint, weights, progress), firstTokens.get(weights)));
            output.write(figures);
        }
        print(checkpoint, figures, output);
    }

    /** In turns, each in a process of its own. */
    private Map<WeightFormat, List<ColdStart>> coldStarts(Progress progress) throws IOException {
        Map<WeightFormat, List<ColdStart>> starts = new LinkedHashMap<>();
        formats.forEach(weights -> starts.put(weights, new ArrayList<>()));
        for (int i = 0; i < coldStarts && coldStartTokens > 0; i++) {
            for (WeightFormat weights : formats) {
                progress.begin("Cold start %d of %d, %s".formatted(i + 1, coldStarts, weights), 0);
                starts.get(weights)
                        .add(ColdStart.measure(
                                model.name(), device.name(), weights, cacheType.type(), coldStartTokens));
            }
        }
        return starts;
    }

    private static void print(Checkpoint checkpoint, List<Figures> figures, Output output) {
        Result first = figures.get(0).passes();
        output.text("%s on %s: %s. It reads %s GB/s."
                .formatted(
                        checkpoint,
                        first.device(),
                        Machine.current().description(),
                        first.readBandwidth().times(1e-9).format("%.1f")));
        output.header("weights", "tokens in the cache", "prefill, tokens/s", "decoding, tokens/s", "of the bound");
        figures.forEach(each -> printSpeeds(each.passes(), output));
        output.header(
                "weights",
                "tokens in the cache",
                "tokens of the pass",
                "ms",
                "in decode steps",
                "MB read",
                "ms for reading them",
                "of the read bandwidth");
        figures.forEach(each -> printPasses(each.passes(), output));
        if (figures.stream().anyMatch(each -> !each.coldStarts().isEmpty())) {
            output.header(
                    "weights",
                    "prompt",
                    "first token after the start of the JVM, s",
                    "resident then, MB",
                    "most, MB",
                    "of it weights, MB",
                    "KV caches, MB");
            figures.forEach(each -> printColdStarts(each, output));
        }
    }

    private static void printSpeeds(Result result, Output output) {
        result.prefills().forEach(prefill -> {
            Pass step = result.passes().stream()
                    .filter(pass -> pass.context() == prefill.context() && pass.tokens() == 1)
                    .findFirst()
                    .orElseThrow();
            output.row(
                    result.weights(),
                    "%,d".formatted(prefill.context()),
                    "%.0f".formatted(prefill.context() / prefill.seconds()),
                    "%.1f (%.1f to %.1f)"
                            .formatted(
                                    1 / step.seconds().median(),
                                    1 / step.seconds().maximum(),
                                    1 / step.seconds().minimum()),
                    "%.2f".formatted(step.bandwidthShare().median()));
        });
    }

    private static void printPasses(Result result, Output output) {
        result.passes()
                .forEach(pass -> output.row(
                        result.weights(),
                        "%,d".formatted(pass.context()),
                        "%d".formatted(pass.tokens()),
                        pass.seconds().times(1e3).format("%.1f"),
                        "%.2f".formatted(pass.decodeSteps().median()),
                        "%,d".formatted(pass.bytes() / 1_000_000),
                        "%.1f".formatted(pass.bytes() / result.readBandwidth().median() * 1e3),
                        "%.2f".formatted(pass.bandwidthShare().median())));
    }

    private static void printColdStarts(Figures figures, Output output) {
        List<ColdStart> starts = figures.coldStarts();
        ColdStart first = starts.get(0);
        output.row(
                figures.passes().weights(),
                "%,d".formatted(first.promptTokens()),
                Spread.of(starts, ColdStart::seconds).format("%.2f"),
                "%.0f"
                        .formatted(Spread.of(starts, start -> start.residentBytes() / 1e6)
                                .median()),
                "%.0f"
                        .formatted(Spread.of(starts, start -> start.mostResidentBytes() / 1e6)
                                .median()),
                "%.0f".formatted(first.weightBytes() / 1e6),
                "%.0f".formatted(first.cacheBytes() / 1e6));
    }
}
