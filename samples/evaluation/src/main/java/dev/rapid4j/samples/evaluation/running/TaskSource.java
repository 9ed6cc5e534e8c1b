package dev.rapid4j.samples.evaluation.running;

import dev.rapid4j.samples.evaluation.data.SkippedRecord;
import dev.rapid4j.samples.evaluation.data.Task;
import dev.rapid4j.samples.evaluation.data.TaskFiles;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.RunException;
import dev.rapid4j.samples.evaluation.runs.Shard;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
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
     * Reads the file to find out what is to be asked.
     *
     * @param skipped hears of records that are none
     * @throws RunException if the file holds no question
     * @throws dev.rapid4j.samples.evaluation.data.DataException as {@link TaskFiles} says
     */
    public Questions questions(Consumer<SkippedRecord> skipped) {
        List<Question> ofShard = new ArrayList<>();
        Map<String, Integer> documents = new HashMap<>();
        long count = 0;
        try (Stream<Task> tasks = read(skipped)) {
            for (Iterator<Task> all = tasks.iterator(); all.hasNext(); count++) {
                Question question = Question.of(all.next());
                int number = documents.computeIfAbsent(question.document(), document -> documents.size());
                if (number % shard.count() == shard.index() - 1) {
                    ofShard.add(question);
                }
            }
        }
        if (count == 0) {
            throw new RunException("%s holds no questions of %s".formatted(file, benchmark.title()));
        }
        return new Questions(ofShard, count);
    }

    /**
     * Reads the file again, for the long texts of some of its questions: one text at a time in the order of their first
     * questions, wherever the others stand in the file, so that each text is read by a model once. Close the stream.
     */
    public Stream<Document> documents(List<Question> questions) {
        Map<String, List<Question>> byDocument = questions.stream()
                .collect(Collectors.groupingBy(Question::document, LinkedHashMap::new, Collectors.toList()));
        Map<String, List<Task>> byFirstId = byDocument.values().stream()
                .collect(Collectors.toMap(
                        together -> together.get(0).task().id(),
                        together -> together.stream().map(Question::task).toList()));
        return read(skipped -> {})
                .filter(task -> byFirstId.containsKey(task.id()))
                .limit(byFirstId.size())
                .map(task -> new Document(task.context(), byFirstId.get(task.id())));
    }

    private Stream<Task> read(Consumer<SkippedRecord> skipped) {
        Stream<Task> tasks = all(skipped).map(Task.class::cast);
        return limit.map(tasks::limit).orElse(tasks);
    }

    private Stream<? extends Task> all(Consumer<SkippedRecord> skipped) {
        return switch (benchmark) {
            case LONGBENCH_V2 -> TaskFiles.longBench(file, skipped);
            case EN_QA -> TaskFiles.questionAnswers(file, skipped);
            case EN_MC -> TaskFiles.multipleChoices(file, skipped);
            case EN_SUM -> TaskFiles.summaries(file, skipped);
            case FACTS -> TaskFiles.facts(file, skipped);
        };
    }
}
