package dev.rapid4j.samples.evaluation;

import dev.rapid4j.samples.evaluation.prompts.Prompts;
import dev.rapid4j.samples.evaluation.running.ModelMachine;
import dev.rapid4j.samples.evaluation.running.TaskSource;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import dev.rapid4j.samples.evaluation.runs.Shard;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a benchmark's command was given.
 *
 * @param maxReasoningTokens with chain of thought
 * @param limit so many questions of the data at most
 * @param out the run's folder
 * @param startAnew whether the answers in it are to be deleted
 */
public record RunRequest(
        Benchmark benchmark,
        RunOptions options,
        OptionalInt maxReasoningTokens,
        Optional<Long> limit,
        Shard shard,
        Path out,
        boolean startAnew) {

    /**
     * @param machine that the models are loaded on
     * @throws IllegalArgumentException if an option is missing, or there is no such device
     */
    public RunSettings settings(Path data, Prompts prompts, ModelMachine machine) throws IOException {
        return options.settings(benchmark, data, prompts, maxReasoningTokens, machine);
    }

    public TaskSource source(Path data) {
        return new TaskSource(benchmark, data, limit, shard);
    }
}
