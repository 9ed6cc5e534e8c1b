package dev.rapid4j.samples.evaluation;

import dev.rapid4j.samples.evaluation.runs.Benchmark;
import picocli.CommandLine.Command;

@Command(name = "en-mc", description = "En.MC of InfiniteBench: multiple choice about books.", sortOptions = false)
final class EnMcCommand extends BenchmarkCommand {

    @Override
    Benchmark benchmark() {
        return Benchmark.EN_MC;
    }
}
