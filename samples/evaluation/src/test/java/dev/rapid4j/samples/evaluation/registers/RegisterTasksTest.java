package dev.rapid4j.samples.evaluation.registers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.samples.evaluation.data.BookTask.Summary;
import dev.rapid4j.samples.evaluation.data.Choice;
import dev.rapid4j.samples.evaluation.data.LongBenchTask;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Difficulty;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Length;
import dev.rapid4j.samples.evaluation.data.SkippedRecord;
import dev.rapid4j.samples.evaluation.data.TaskFiles;
import dev.rapid4j.samples.evaluation.data.TaskWriter;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegisterTasksTest {

    private static Tokenizer tokenizer;

    @TempDir
    private Path folder;

    @BeforeAll
    static void openTokenizer() {
        tokenizer = Checkpoint.open(LighthouseModel.directory()).openTokenizer();
    }

    @AfterAll
    static void closeTokenizer() {
        tokenizer.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1_000, 9_000, 64_000})
    void aRegisterHasTheLengthAskedForLessAnEntryAtMost(int length) {
        Summary task = tasks(List.of(length), 1).summaries().findFirst().orElseThrow();
        assertThat(tokenizer.count(task.context())).isBetween(length - 100, length);
    }

    @Test
    void exactlyOneOptionIsWhatTheRegisterSaysOfThePlace() {
        List<LongBenchTask> tasks =
                tasks(List.of(1_000, 9_000, 33_000), 10).longBench().toList();
        assertThat(tasks).hasSize(60).allSatisfy(task -> {
            assertThat(task.options()).doesNotHaveDuplicates();
            assertThat(task.options().stream()
                            .filter(option -> places(task, option).anyMatch(place(task)::equals)))
                    .containsExactly(task.options().get(task.answer().ordinal()));
        });
        assertThat(tasks).extracting(LongBenchTask::answer).contains(Choice.values());
        assertThat(tasks).extracting(LongBenchTask::length).contains(Length.values());
        assertThat(tasks).extracting(LongBenchTask::difficulty).contains(Difficulty.values());
        assertThat(tasks).extracting(LongBenchTask::domain).contains("height", "keeper", "lamp", "tower");
    }

    @Test
    void theOptionsOfAHardQuestionAreOfPlacesWithNamesLikeTheOneAskedFor() {
        assertThat(tasks(List.of(33_000), 10).longBench()).allSatisfy(task -> {
            String asked = place(task);
            String kind = asked.split(" ")[0];
            String ending = asked.substring(asked.length() - 3);
            assertThat(task.options().stream()
                            .allMatch(option -> places(task, option)
                                    .anyMatch(place -> place.startsWith(kind) || place.endsWith(ending))))
                    .isEqualTo(task.difficulty() == Difficulty.HARD);
        });
    }

    @Test
    void theFilesAreReadBackAsTheyWereWritten() throws IOException {
        RegisterTasks tasks = tasks(List.of(2_000, 1_000), 2);
        List<SkippedRecord> skipped = new ArrayList<>();
        Path file = folder.resolve("tasks");

        TaskWriter.writeLongBench(file, tasks.longBench());
        assertThat(Files.readString(file))
                .startsWith("[{\"_id\":\"register-2000-easy-1\"")
                .endsWith("}]");
        assertThat(read(TaskFiles.longBench(file, skipped::add)))
                .hasSize(8)
                .isEqualTo(tasks.longBench().toList());

        TaskWriter.writeInfiniteBench(file, tasks.questionAnswers());
        assertThat(Files.readAllLines(file)).hasSize(8);
        assertThat(read(TaskFiles.questionAnswers(file, skipped::add)))
                .isEqualTo(tasks.questionAnswers().toList());

        TaskWriter.writeInfiniteBench(file, tasks.multipleChoices());
        assertThat(read(TaskFiles.multipleChoices(file, skipped::add)))
                .isEqualTo(tasks.multipleChoices().toList());

        TaskWriter.writeInfiniteBench(file, tasks.summaries());
        assertThat(read(TaskFiles.summaries(file, skipped::add)))
                .isEqualTo(tasks.summaries().toList());
        assertThat(skipped).isEmpty();
    }

    @Test
    void anotherSeedGivesOtherTasks() {
        assertThat(new RegisterTasks(tokenizer, List.of(1_000), 1, 2).summaries())
                .doesNotContainAnyElementsOf(
                        tasks(List.of(1_000), 1).summaries().toList());
    }

    @Test
    void lengthsOutOfRangeAreRefused() {
        for (List<Integer> lengths : List.of(List.of(999), List.of(64_001), List.of(2_000, 2_000))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tasks(lengths, 1))
                    .withMessageContaining(lengths.toString());
        }
        assertThatIllegalArgumentException().isThrownBy(() -> tasks(List.of(2_000), 0));
    }

    private static RegisterTasks tasks(List<Integer> lengths, int questions) {
        return new RegisterTasks(tokenizer, lengths, questions, 1);
    }

    private static String place(LongBenchTask task) {
        Matcher matcher = Pattern.compile(" at ([A-Z]\\w+ [A-Z]\\w+)").matcher(task.question());
        assertThat(matcher.find()).isTrue();
        return matcher.group(1);
    }

    /** The places of which the register says this. */
    private static Stream<String> places(LongBenchTask task, String option) {
        return Pattern.compile(" at (\\w+ \\w+) [^.]*\\b" + Pattern.quote(option + "."))
                .matcher(task.context())
                .results()
                .map(result -> result.group(1));
    }

    private static <T> List<T> read(Stream<T> tasks) {
        try (tasks) {
            return tasks.toList();
        }
    }
}
