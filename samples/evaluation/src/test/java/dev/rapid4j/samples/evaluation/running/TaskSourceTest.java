package dev.rapid4j.samples.evaluation.running;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.samples.evaluation.data.BookTask.QuestionAnswer;
import dev.rapid4j.samples.evaluation.data.Task;
import dev.rapid4j.samples.evaluation.data.TaskWriter;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.Shard;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TaskSourceTest {

    @TempDir
    Path folder;

    private Path file;

    /** Ten texts with three questions each, not side by side. */
    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("qa.jsonl");
        TaskWriter.writeInfiniteBench(
                file,
                IntStream.range(0, 30)
                        .mapToObj(i -> new QuestionAnswer("q" + i, "Text " + i % 10, "Who?", List.of("Ann"))));
    }

    @Test
    void shardsHaveAllQuestionsOnce() {
        List<Task> sharded = IntStream.rangeClosed(1, 4)
                .mapToObj(i -> read(Optional.empty(), new Shard(i, 4)))
                .flatMap(List::stream)
                .toList();

        assertThat(sharded).containsExactlyInAnyOrderElementsOf(read(Optional.empty(), Shard.ALL));
    }

    @Test
    void questionsOnOneTextAreInOneShardAndTextsAreSharedEvenly() {
        for (int i = 1; i <= 4; i++) {
            List<Task> tasks = read(Optional.empty(), new Shard(i, 4));
            long texts = tasks.stream().map(Task::context).distinct().count();

            assertThat(tasks).hasSize((int) (3 * texts));
            assertThat(texts).isBetween(2L, 3L);
        }
    }

    @Test
    void questionsOnOneTextComeTogetherWhereverTheyStand() {
        TaskSource source = new TaskSource(Benchmark.EN_QA, file, Optional.empty(), Shard.ALL);
        List<Question> open = source.questions(skipped -> {}).ofShard().stream()
                .filter(question -> !question.task().id().equals("q0"))
                .toList();

        List<Task> tasks = tasks(source, open);

        assertThat(tasks).hasSize(29);
        assertThat(tasks)
                .extracting(Task::id)
                .startsWith("q1", "q11", "q21", "q2")
                .endsWith("q10", "q20");
    }

    @Test
    void aLimitCountsFromTheBeginningOfTheFile() {
        assertThat(read(Optional.of(5L), Shard.ALL)).extracting(Task::id).containsExactly("q0", "q1", "q2", "q3", "q4");
        assertThat(read(Optional.of(5L), new Shard(2, 2))).extracting(Task::id).containsExactly("q1", "q3");
    }

    private List<Task> read(Optional<Long> limit, Shard shard) {
        TaskSource source = new TaskSource(Benchmark.EN_QA, file, limit, shard);
        Questions questions = source.questions(skipped -> {});
        assertThat(questions.ofAllShards()).isEqualTo(limit.orElse(30L));
        return tasks(source, questions.ofShard());
    }

    private static List<Task> tasks(TaskSource source, List<Question> questions) {
        try (Stream<Document> documents = source.documents(questions)) {
            return documents
                    .flatMap(document ->
                            document.questions().stream().map(question -> question.withContext(document.text())))
                    .toList();
        }
    }
}
