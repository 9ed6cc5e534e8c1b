package dev.rapid4j.samples.evaluation;

import dev.rapid4j.samples.evaluation.runs.Benchmark;
import picocli.CommandLine.Command;

@Command(
        name = "en-sum",
        description = "En.Sum of InfiniteBench: summaries of books, ROUGE-L-Sum.",
        sortOptions = false)
final class EnSumCommand extends BenchmarkCommand {

    @Override
    Benchmark benchmark() {
        return Benchmark.EN_SUM;
    }
}
