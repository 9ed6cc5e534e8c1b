package dev.rapid4j.samples.evaluation.spark;

import dev.rapid4j.samples.evaluation.data.Task;
import dev.rapid4j.samples.evaluation.runs.DocumentHash;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Tasks by what they are about, wherever they stand in their file. Keeps the questions, but no long text: the file is
 * read once to find out which questions belong together, and again for the texts.
 */
final class Documents {

    private final Supplier<Stream<Task>> file;
    private final Map<String, List<Task>> questions;

    private Documents(Supplier<Stream<Task>> file, Map<String, List<Task>> questions) {
        this.file = file;
        this.questions = questions;
    }

    /** @param file reads the tasks from the beginning, each time the same */
    static Documents of(Supplier<Stream<Task>> file) {
        Map<String, List<Task>> questions = new HashMap<>();
        try (Stream<Task> tasks = file.get()) {
            tasks.forEach(task -> questions
                    .computeIfAbsent(DocumentHash.of(task), hash -> new ArrayList<>())
                    .add(task.withoutContext()));
        }
        return new Documents(file, questions);
    }

    int questions() {
        return questions.values().stream().mapToInt(List::size).sum();
    }

    int count() {
        return questions.size();
    }

    /** One at a time, in the order of their first questions. Close the stream. */
    Stream<Document> stream() {
        Map<String, List<Task>> left = new HashMap<>(questions);
        return file.get()
                .flatMap(task -> Optional.ofNullable(left.remove(DocumentHash.of(task))).stream()
                        .map(asked -> new Document(task.context(), asked)));
    }
}
