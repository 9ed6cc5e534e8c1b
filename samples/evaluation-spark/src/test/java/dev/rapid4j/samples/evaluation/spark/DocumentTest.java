package dev.rapid4j.samples.evaluation.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.samples.evaluation.data.BookTask.QuestionAnswer;
import dev.rapid4j.samples.evaluation.data.TaskWriter;
import dev.rapid4j.samples.evaluation.running.Question;
import dev.rapid4j.samples.evaluation.running.TaskSource;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.Shard;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentTest {

    @TempDir
    private Path folder;

    private static QuestionAnswer task(String id, String text) {
        return new QuestionAnswer(id, text, "Who?", List.of("x"));
    }

    @Test
    void openQuestionsOnOneTextComeTogether() throws IOException {
        Path file = folder.resolve("data.jsonl");
        TaskWriter.writeInfiniteBench(
                file, Stream.of(task("1", "first"), task("2", "second"), task("3", "first"), task("4", "third")));
        TaskSource source = new TaskSource(Benchmark.EN_QA, file, Optional.empty(), Shard.ALL);
        List<Question> open = source.questions(skipped -> {}).ofShard().stream()
                .filter(question -> !question.task().id().equals("2"))
                .toList();

        try (Stream<Document> all = Document.of(open, source)) {
            assertThat(all)
                    .containsExactly(
                            new Document("first", List.of(task("1", ""), task("3", ""))),
                            new Document("third", List.of(task("4", ""))));
        }
    }
}
