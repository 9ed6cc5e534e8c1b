package dev.rapid4j.samples.evaluation.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.model.output.FinishReason;
import dev.rapid4j.CacheType;
import dev.rapid4j.DraftContext;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.Mode;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.samples.evaluation.data.BookTask.QuestionAnswer;
import dev.rapid4j.samples.evaluation.data.Choice;
import dev.rapid4j.samples.evaluation.data.LongBenchTask;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Difficulty;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Length;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {

    static final Run RUN = new Run(
            new RunSettings(
                    Benchmark.LONGBENCH_V2,
                    Method.RAPID,
                    "target",
                    Optional.empty(),
                    Optional.of("encoder"),
                    "data.json",
                    "00",
                    "11",
                    false,
                    10,
                    10,
                    DraftContext.PASSAGE_PROMPT,
                    false,
                    0.1,
                    0.1,
                    0.1,
                    1,
                    1,
                    128,
                    0,
                    128_000,
                    512,
                    0.3,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    4096,
                    "cpu",
                    "cpu",
                    WeightFormat.FLOAT32,
                    WeightFormat.FLOAT32,
                    CacheType.AUTO),
            new Shard(2, 3),
            503,
            new Machine("processor", 2, 1, "17"));

    private static final Pass PASS = new Pass(
            Mode.RAPID,
            "The correct answer is (B)",
            FinishReason.STOP,
            20_000,
            true,
            8,
            7,
            Optional.of(Duration.ofMillis(1_250)),
            new GenerationStatistics(
                    10,
                    9,
                    7,
                    8,
                    6,
                    Duration.ofNanos(1),
                    Duration.ofSeconds(2),
                    Duration.ofMillis(3),
                    Duration.ofMillis(2),
                    4,
                    1,
                    30,
                    20,
                    6,
                    5,
                    3,
                    2,
                    24));

    static final Answer CHOICE = new Answer(
            new LongBenchTask(
                    "a",
                    "domain",
                    "part",
                    Difficulty.HARD,
                    Length.LONG,
                    "Which?",
                    List.of("w", "x", "y", "z"),
                    Choice.B,
                    "long text"),
            "ab",
            List.of(PASS, PASS),
            Optional.empty(),
            Optional.of(1L << 31));

    static final Answer QUOTE = new Answer(
            new QuestionAnswer("b", "long text", "Who?", List.of("x", "y")),
            "cd",
            List.of(PASS),
            Optional.of(true),
            Optional.empty());

    @TempDir
    Path folder;

    @BeforeEach
    void write() throws IOException {
        RunJson.MAPPER.writeValue(folder.resolve(RunFolder.RUN).toFile(), RUN);
    }

    @Test
    void whatWasWrittenIsRead() throws IOException {
        writeAnswers(line(CHOICE) + line(QUOTE));

        RunFolder read = RunFolder.open(folder);

        assertThat(read.run()).isEqualTo(RUN);
        assertThat(answers(read)).containsExactly(CHOICE, QUOTE);
        assertThat(answers(read).get(0).score()).isEqualTo(1);
    }

    @Test
    void theLongTextIsNotKept() throws IOException {
        assertThat(line(CHOICE)).doesNotContain("long text");
    }

    @Test
    void aLastLineThatIsCutOffIsNoAnswer() throws IOException {
        writeAnswers(line(CHOICE) + line(QUOTE).substring(0, 40));

        assertThat(answers(RunFolder.open(folder))).containsExactly(CHOICE);
    }

    @Test
    void anotherDamagedLineIsNamed() throws IOException {
        writeAnswers(line(CHOICE) + "{}\n" + line(QUOTE));
        RunFolder read = RunFolder.open(folder);

        assertThatThrownBy(() -> answers(read))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("answers.jsonl is damaged in line 2");
    }

    @Test
    void aLineWithoutEndIsNotReadToItsEnd() throws IOException {
        String endless = "x".repeat(RunFolder.MAX_LINE + 1);
        writeAnswers(line(CHOICE) + endless + "\n" + line(QUOTE));
        RunFolder read = RunFolder.open(folder);

        assertThatThrownBy(() -> answers(read))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("is damaged in line 2: it has more than 16,777,216 characters");

        writeAnswers(line(CHOICE) + endless);
        assertThat(answers(read)).containsExactly(CHOICE);
    }

    @Test
    void aLineThatLacksFiguresIsNoAnswer() throws IOException {
        writeAnswers(line(CHOICE).replaceFirst("\"statistics\":\\{[^}]*\\}", "\"statistics\":null") + line(QUOTE));
        RunFolder read = RunFolder.open(folder);

        assertThatThrownBy(() -> answers(read)).isInstanceOf(RunException.class).hasMessageContaining("in line 1");
    }

    @Test
    void aFolderWithoutARunIsRefused() throws IOException {
        Files.delete(folder.resolve(RunFolder.RUN));

        assertThatThrownBy(() -> RunFolder.open(folder)).hasMessageContaining("is not the folder of a run");
    }

    @Test
    void settingsThatLackSomethingAreRefused() throws IOException {
        Files.writeString(folder.resolve(RunFolder.RUN), "{\"settings\": {}}");

        assertThatThrownBy(() -> RunFolder.open(folder)).hasMessageContaining("is damaged, or of another version");
    }

    private void writeAnswers(String lines) throws IOException {
        Files.writeString(folder.resolve(RunFolder.ANSWERS), lines);
    }

    private static String line(Answer answer) throws IOException {
        return RunJson.MAPPER.writeValueAsString(answer) + "\n";
    }

    private static List<Answer> answers(RunFolder folder) {
        try (Stream<Answer> answers = folder.answers()) {
            return answers.toList();
        }
    }
}
