package dev.rapid4j.samples.evaluation.spark;

import dev.rapid4j.samples.evaluation.data.Task;
import dev.rapid4j.samples.evaluation.running.Question;
import dev.rapid4j.samples.evaluation.running.TaskSource;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A long text and all that is asked about it: what goes to an executor at once.
 *
 * @param questions without the text
 */
record Document(String text, List<Task> questions) implements Serializable {

    Document {
        questions = List.copyOf(questions);
    }

    /**
     * Those that questions are about, wherever these stand in their file, one at a time in the order of their first
     * ones. Close the stream.
     */
    static Stream<Document> of(List<Question> questions, TaskSource source) {
        Map<String, List<Question>> byDocument = questions.stream()
                .collect(Collectors.groupingBy(Question::document, LinkedHashMap::new, Collectors.toList()));
        Map<String, List<Task>> byFirstId = byDocument.values().stream()
                .collect(Collectors.toMap(
                        together -> together.get(0).task().id(),
                        together -> together.stream().map(Question::task).toList()));
        List<Question> first =
                byDocument.values().stream().map(together -> together.get(0)).toList();
        return source.tasks(first).map(task -> new Document(task.context(), byFirstId.get(task.id())));
    }
}
