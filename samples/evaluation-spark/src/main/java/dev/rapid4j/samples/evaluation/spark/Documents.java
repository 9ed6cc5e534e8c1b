package dev.rapid4j.samples.evaluation.spark;

import dev.rapid4j.samples.evaluation.data.SkippedRecord;
import dev.rapid4j.samples.evaluation.data.Task;
import dev.rapid4j.samples.evaluation.runs.DocumentHash;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Tasks by what they are about, wherever they stand in their file. Keeps the questions, but no long text: the file is
 * read once to find out which questions belong together, and again for the texts.
 */
final class Documents {

    private final Function<Consumer<SkippedRecord>, Stream<Task>> file;
    private final Map<String, List<Task>> open = new HashMap<>();
    private long questions;

    private Documents(Function<Consumer<SkippedRecord>, Stream<Task>> file) {
        this.file = file;
    }

    /**
     * @param file reads the tasks from the beginning, each time the same
     * @param isOpen whether a task is still to be answered
     * @param skipped hears once of records that are none
     */
    static Documents of(
            Function<Consumer<SkippedRecord>, Stream<Task>> file,
            Predicate<Task> isOpen,
            Consumer<SkippedRecord> skipped) {
        Documents documents = new Documents(file);
        try (Stream<Task> tasks = file.apply(skipped)) {
            tasks.peek(task -> documents.questions++).filter(isOpen).forEach(documents::add);
        }
        return documents;
    }

    private void add(Task task) {
        open.computeIfAbsent(DocumentHash.of(task), hash -> new ArrayList<>()).add(task.withoutContext());
    }

    /** Answered or not. */
    long questions() {
        return questions;
    }

    long openQuestions() {
        return open.values().stream().mapToLong(List::size).sum();
    }

    /** Those with open questions, one at a time, in the order of their first ones. Close the stream. */
    Stream<Document> stream() {
        Map<String, List<Task>> left = new HashMap<>(open);
        return file.apply(skipped -> {})
                .flatMap(task -> Optional.ofNullable(left.remove(DocumentHash.of(task))).stream()
                        .map(asked -> new Document(task.context(), asked)));
    }
}
