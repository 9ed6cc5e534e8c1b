package dev.rapid4j.samples.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.samples.evaluation.data.BookTask.MultipleChoice;
import dev.rapid4j.samples.evaluation.data.SkippedRecord;
import dev.rapid4j.samples.evaluation.data.Task;
import dev.rapid4j.samples.evaluation.data.TaskFiles;
import dev.rapid4j.samples.evaluation.prompts.Prompts;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class GenerateCommandTest {

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final List<SkippedRecord> skipped = new ArrayList<>();

    private int run(String... arguments) {
        CommandLine program = Evaluate.commandLine();
        program.setOut(new PrintWriter(out, true));
        program.setErr(new PrintWriter(err, true));
        return program.execute(
                Stream.concat(Stream.of("generate"), Stream.of(arguments)).toArray(String[]::new));
    }

    @Test
    void everyBenchmarkGetsAFileOfQuestions() {
        Path data = folder.resolve("new").resolve("data");

        assertThat(run("--out=" + data, "--lengths=1000,2000", "--questions=2"))
                .as(err.toString())
                .isZero();

        assertThat(ids(TaskFiles.longBench(data.resolve("longbench-v2.json"), skipped::add)))
                .hasSize(8)
                .contains("register-2000-hard-2");
        assertThat(ids(TaskFiles.questionAnswers(data.resolve("longbook_qa_eng.jsonl"), skipped::add)))
                .hasSize(8);
        assertThat(ids(TaskFiles.multipleChoices(data.resolve("longbook_choice_eng.jsonl"), skipped::add)))
                .hasSize(12);
        assertThat(ids(TaskFiles.summaries(data.resolve("longbook_sum_eng.jsonl"), skipped::add)))
                .hasSize(4);
        assertThat(skipped).isEmpty();
        assertThat(out.toString())
                .contains(
                        data.resolve("longbench-v2.json") + ": 8 questions, 0.0 MB",
                        "evaluate en-qa --data " + data.resolve("longbook_qa_eng.jsonl"));
    }

    @Test
    void thePromptsForTheBundledModelAreRegisterAndQuestion() {
        assertThat(run("--out=" + folder.resolve("data"), "--lengths=1000", "--questions=1"))
                .isZero();

        try (Stream<MultipleChoice> tasks =
                TaskFiles.multipleChoices(folder.resolve("data/longbook_choice_eng.jsonl"), skipped::add)) {
            Prompts prompts = Prompts.from(folder.resolve("data/prompts"));
            assertThat(tasks)
                    .hasSize(3)
                    .allSatisfy(task ->
                            assertThat(prompts.book(task).text()).isEqualTo(task.context() + "\n\n" + task.question()));
        }
    }

    @Test
    void filesAreReplacedOnlyWhenTold() throws IOException {
        Path kept = Files.writeString(folder.resolve("longbook_sum_eng.jsonl"), "mine");
        String[] arguments = {"--out=" + folder, "--lengths=1000", "--questions=1"};

        assertThat(run(arguments)).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains(kept + " is there already", "--overwrite");
        assertThat(folder).isDirectoryNotContaining(file -> !file.equals(kept));
        assertThat(kept).hasContent("mine");

        assertThat(run(Stream.concat(Stream.of(arguments), Stream.of("--overwrite"))
                        .toArray(String[]::new)))
                .isZero();
        assertThat(Files.readString(kept)).startsWith("{\"id\":\"register-1000-several-entries-1\"");
    }

    @ParameterizedTest
    @CsvSource({"--lengths=999, 999", "--lengths=64001, 64001", "--questions=0, at least one question"})
    void whatCannotBeGeneratedIsRefused(String option, String message) {
        assertThat(run("--out=" + folder, option)).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains(message);
        assertThat(folder).isEmptyDirectory();
    }

    /** With the templates that come along, which hold the options as well, and the longest answers. */
    @Test
    void theLongestPromptsFitTheBundledModel() {
        assertThat(run("--out=" + folder, "--lengths=64000", "--questions=8")).isZero();

        Checkpoint checkpoint = Checkpoint.open(LighthouseModel.directory());
        int limit = checkpoint.configuration().contextLength();
        Prompts prompts = Prompts.bundled();
        try (Tokenizer tokenizer = checkpoint.openTokenizer();
                Stream<MultipleChoice> choices =
                        TaskFiles.multipleChoices(folder.resolve("longbook_choice_eng.jsonl"), skipped::add)) {
            assertThat(choices.mapToInt(
                            task -> tokenizer.count(prompts.book(task).text())))
                    .allSatisfy(tokens -> assertThat(tokens).isLessThan(limit - 300));
        }
    }

    private static List<String> ids(Stream<? extends Task> tasks) {
        try (tasks) {
            return tasks.map(Task::id).toList();
        }
    }
}
