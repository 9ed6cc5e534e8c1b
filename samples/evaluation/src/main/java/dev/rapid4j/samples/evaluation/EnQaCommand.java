package dev.rapid4j.samples.evaluation;

import dev.rapid4j.samples.evaluation.runs.Benchmark;
import picocli.CommandLine.Command;

@Command(
        name = "en-qa",
        description = "En.QA of InfiniteBench: questions about books, F1 of the words.",
        sortOptions = false)
final class EnQaCommand extends BenchmarkCommand {

    @Override
    Benchmark benchmark() {
        return Benchmark.EN_QA;
    }
}
