package dev.rapid4j.samples.evaluation.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.samples.evaluation.data.BookTask.QuestionAnswer;
import dev.rapid4j.samples.evaluation.data.Task;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DocumentsTest {

    private static final List<Task> TASKS =
            List.of(task("1", "first"), task("2", "second"), task("3", "first"), task("4", "third"));

    private static Task task(String id, String text) {
        return new QuestionAnswer(id, text, "Who?", List.of("x"));
    }

    @Test
    void openQuestionsOnOneTextComeTogether() {
        Documents documents =
                Documents.of(skipped -> TASKS.stream(), task -> !task.id().equals("2"), skipped -> {});

        assertThat(documents.questions()).isEqualTo(4);
        assertThat(documents.openQuestions()).isEqualTo(3);
        try (Stream<Document> all = documents.stream()) {
            assertThat(all)
                    .containsExactly(
                            new Document("first", List.of(task("1", ""), task("3", ""))),
                            new Document("third", List.of(task("4", ""))));
        }
    }
}
