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
    void questionsOnOneTextComeTogether() {
        Documents documents = Documents.of(TASKS::stream);

        assertThat(documents.count()).isEqualTo(3);
        assertThat(documents.questions()).isEqualTo(4);
        try (Stream<Document> all = documents.stream()) {
            assertThat(all)
                    .containsExactly(
                            new Document("first", List.of(task("1", ""), task("3", ""))),
                            new Document("second", List.of(task("2", ""))),
                            new Document("third", List.of(task("4", ""))));
        }
    }
}
