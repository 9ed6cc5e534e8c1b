package dev.rapid4j.samples.evaluation;

import dev.rapid4j.samples.evaluation.runs.Benchmark;
import picocli.CommandLine.Command;

@Command(
        name = "facts",
        description =
                "Questions to answer freely, right if the answer has certain facts; the data are your own, or what"
                        + " the command \"documents\" writes.",
        sortOptions = false,
        abbreviateSynopsis = true)
public final class FactsCommand extends BenchmarkCommand {

    @Override
    Benchmark benchmark() {
        return Benchmark.FACTS;
    }
}
