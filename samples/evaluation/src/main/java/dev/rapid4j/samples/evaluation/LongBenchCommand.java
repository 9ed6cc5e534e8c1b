package dev.rapid4j.samples.evaluation;

import dev.rapid4j.samples.evaluation.runs.Benchmark;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "longbench-v2", description = "LongBench v2: multiple choice about long texts.", sortOptions = false)
final class LongBenchCommand extends BenchmarkCommand {

    @Option(names = "--cot", description = "the model reasons first, and is then asked for the answer")
    private boolean chainOfThought;

    @Option(
            names = "--max-reasoning-tokens",
            defaultValue = "1024",
            description = "most tokens of the reasoning (default: ${DEFAULT-VALUE})")
    private int maxReasoningTokens;

    @Override
    Benchmark benchmark() {
        return Benchmark.LONGBENCH_V2;
    }

    @Override
    OptionalInt maxReasoningTokens() {
        return chainOfThought ? OptionalInt.of(maxReasoningTokens) : OptionalInt.empty();
    }
}
