package dev.rapid4j.samples.evaluation.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.samples.evaluation.data.BookTask.QuestionAnswer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunWriterTest {

    private static final Run RUN = RunFolderTest.RUN;
    private static final Run OTHER_SHARD = new Run(RUN.settings(), new Shard(3, 3), 500, RUN.machine());

    @TempDir
    Path folder;

    @Test
    void aRunGoesOnBehindTheAnswersThatAreThere() throws IOException {
        append(RunFolderTest.CHOICE);
        append(RunFolderTest.QUOTE);

        assertThat(answers()).containsExactly(RunFolderTest.CHOICE, RunFolderTest.QUOTE);
        assertThat(RunFolder.open(folder).run()).isEqualTo(RUN);
    }

    @Test
    void aRunThatGoesOnWithMoreQuestionsSaysSo() throws IOException {
        write(folder, RUN.withQuestions(5), RunFolderTest.CHOICE);
        append(RunFolderTest.QUOTE);

        assertThat(RunFolder.open(folder).run()).isEqualTo(RUN);
    }

    @Test
    void whatAKilledProcessLeftOfALineIsCutOff() throws IOException {
        for (String left :
                List.of("{\"task\": {\"bench", "\0\0\0\n", "x".repeat(20_000), "x".repeat(RunFolder.MAX_LINE + 1))) {
            append(RunFolderTest.CHOICE);
            Files.writeString(folder.resolve(RunFolder.ANSWERS), left, StandardOpenOption.APPEND);

            append(RunFolderTest.QUOTE);

            assertThat(answers()).containsExactly(RunFolderTest.CHOICE, RunFolderTest.QUOTE);
            RunWriter.open(folder, RUN, true).close();
        }
    }

    @Test
    void anAnswerThatCouldNotBeReadIsNotWritten() throws IOException {
        QuestionAnswer task = new QuestionAnswer("c", "", "x".repeat(RunFolder.MAX_LINE), List.of("y"));
        Answer endless = new Answer(task, "ef", RunFolderTest.QUOTE.passes(), Optional.empty(), Optional.empty());

        assertThatThrownBy(() -> append(endless))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("The answer to question c takes more than 16,777,216 bytes");
        assertThat(answers()).isEmpty();
    }

    @Test
    void anotherRunIsRefusedByWhatDiffers() throws IOException {
        append(RunFolderTest.CHOICE);

        assertThatThrownBy(() -> RunWriter.open(folder, OTHER_SHARD, false))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("shard is 2/3, not 3/3")
                .hasMessageContaining("--start-anew");
        assertThat(answers()).containsExactly(RunFolderTest.CHOICE);
    }

    @Test
    void anotherRunMayStartAnewAndTakeTheFolderOfOneWithoutAnswers() throws IOException {
        append(RunFolderTest.CHOICE);

        RunWriter.open(folder, OTHER_SHARD, true).close();
        assertThat(answers()).isEmpty();
        RunWriter.open(folder, RUN, false).close();

        assertThat(RunFolder.open(folder).run()).isEqualTo(RUN);
    }

    @Test
    void foreignFilesAreNeitherDeletedNorJoined() throws IOException {
        Files.writeString(folder.resolve("notes.txt"), "mine");

        assertThatThrownBy(() -> RunWriter.open(folder, RUN, true))
                .hasMessageContaining("holds other files and no run");
        assertThat(folder).isDirectoryNotContaining("glob:**run*");
    }

    @Test
    void twoAtOnceAreRefused() throws IOException {
        try (RunWriter first = RunWriter.open(folder, RUN, false)) {
            first.folder().answers().close();

            assertThatThrownBy(() -> RunWriter.open(folder, RUN, false)).hasMessageContaining("Another process");
        }
        RunWriter.open(folder, RUN, false).close();
    }

    @Test
    void shardsAreMergedAndAQuestionOfTwoIsNamed() throws IOException {
        Path second = folder.resolve("second");
        Path first = folder.resolve("first");
        write(first, RUN, RunFolderTest.CHOICE);
        write(second, OTHER_SHARD, RunFolderTest.QUOTE);
        RunMerge merge = RunMerge.of(List.of(RunFolder.open(first), RunFolder.open(second)));

        assertThat(merge.missing()).containsExactly(new Shard(1, 3));
        assertThat(merge.writeTo(folder.resolve("all"))).isEqualTo(2);
        Run all = RunFolder.open(folder.resolve("all")).run();
        assertThat(all.shard()).isEqualTo(Shard.ALL);
        assertThat(all.questions()).isEqualTo(503);
        assertThatThrownBy(() -> RunMerge.of(List.of(RunFolder.open(first), RunFolder.open(first))))
                .hasMessageContaining("Question a is answered in");
    }

    private void append(Answer answer) throws IOException {
        write(folder, RUN, answer);
    }

    private static void write(Path folder, Run run, Answer answer) throws IOException {
        try (RunWriter writer = RunWriter.open(folder, run, false)) {
            writer.append(answer);
        }
    }

    private List<Answer> answers() {
        try (Stream<Answer> answers = RunFolder.open(folder).answers()) {
            return answers.toList();
        }
    }
}
