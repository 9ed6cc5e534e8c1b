package dev.rapid4j.samples.evaluation;

import dev.rapid4j.checkpoint.DownloadListener;
import dev.rapid4j.checkpoint.Hub;
import dev.rapid4j.samples.evaluation.prompts.Prompts;
import dev.rapid4j.samples.evaluation.running.TaskSource;
import dev.rapid4j.samples.evaluation.running.ThisMachine;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.Run;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import dev.rapid4j.samples.evaluation.runs.RunWriter;
import dev.rapid4j.samples.evaluation.runs.Shard;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Asks the questions of a benchmark that are not answered yet. */
abstract class BenchmarkCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private RunOptions options;

    @Option(
            names = "--shard",
            paramLabel = "i/n",
            defaultValue = "1/1",
            converter = ShardConverter.class,
            description = "answers the i-th of n parts; those on one text stay together (default: all)")
    private Shard shard;

    @Option(names = "--limit", description = "only so many questions, from the beginning of the data")
    private OptionalLong limit = OptionalLong.empty();

    @Option(
            names = "--out",
            required = true,
            description = "the run's folder; if it holds this run already, it goes on where it was")
    private Path out;

    @Option(names = "--start-anew", description = "deletes the answers in the folder")
    private boolean startAnew;

    private static final class ShardConverter implements ITypeConverter<Shard> {

        @Override
        public Shard convert(String value) {
            String[] numbers = value.split("/", -1);
            if (numbers.length != 2) {
                throw new TypeConversionException("'%s' is no shard; the second of four is 2/4".formatted(value));
            }
            try {
                return new Shard(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
            } catch (NumberFormatException e) {
                throw new TypeConversionException("'%s' is no shard; the second of four is 2/4".formatted(value));
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    abstract Benchmark benchmark();

    /** Nothing for answers without chain of thought. */
    OptionalInt maxReasoningTokens() {
        return OptionalInt.empty();
    }

    @Override
    public Integer call() throws IOException {
        Hub hub = Hub.builder().listener(DownloadListener.console()).build();
        Prompts prompts = options.prompts();
        Path data = options.data(benchmark(), hub);
        RunSettings settings = options.settings(benchmark(), data, prompts, maxReasoningTokens());
        TaskSource questions = new TaskSource(benchmark(), data, limit, shard);
        try (RunWriter writer = RunWriter.open(out, new Run(settings, shard, ThisMachine.describe()), startAnew)) {
            return new EvaluationRun(settings, prompts, hub, questions, writer, display()).start();
        }
    }

    private ProgressDisplay display() {
        return new ProgressDisplay(spec.commandLine().getErr(), CommandLine.Help.Ansi.AUTO.enabled());
    }
}
