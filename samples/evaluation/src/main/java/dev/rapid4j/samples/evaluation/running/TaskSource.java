package dev.rapid4j.samples.evaluation.running;

import dev.rapid4j.samples.evaluation.data.SkippedRecord;
import dev.rapid4j.samples.evaluation.data.Task;
import dev.rapid4j.samples.evaluation.data.TaskFiles;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.DocumentHash;
import dev.rapid4j.samples.evaluation.runs.Shard;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The questions of a run. A shard has all those of the file on one long text: the texts, numbered as they first appear,
 * go to the shards in turn, so that each gets as many as another, or one less.
 *
 * @param limit so many questions of the file at most, from its beginning
 */
public record TaskSource(Benchmark benchmark, Path file, Optional<Long> limit, Shard shard) {

    /** @throws IllegalArgumentException if the limit is less than 1 */
    public TaskSource {
        if (limit.orElse(1L) < 1) {
            throw new IllegalArgumentException("The limit must be at least 1, but is " + limit.get());
        }
    }

    /**
     * Reads the file, one question at a time: see {@link TaskFiles}. Close the stream.
     *
     * @param skipped hears of records that are none
     */
    public Stream<Task> read(Consumer<SkippedRecord> skipped) {
        Stream<Task> tasks = all(skipped).map(Task.class::cast);
        if (limit.isPresent()) {
            tasks = tasks.limit(limit.get());
        }
        if (shard.count() == 1) {
            return tasks;
        }
        Map<String, Integer> numbers = new HashMap<>();
        return tasks.filter(task -> {
            int number = numbers.computeIfAbsent(DocumentHash.of(task), text -> numbers.size());
            return number % shard.count() == shard.index() - 1;
        });
    }

    private Stream<? extends Task> all(Consumer<SkippedRecord> skipped) {
        return switch (benchmark) {
            case LONGBENCH_V2 -> TaskFiles.longBench(file, skipped);
            case EN_QA -> TaskFiles.questionAnswers(file, skipped);
            case EN_MC -> TaskFiles.multipleChoices(file, skipped);
            case EN_SUM -> TaskFiles.summaries(file, skipped);
        };
    }
}
