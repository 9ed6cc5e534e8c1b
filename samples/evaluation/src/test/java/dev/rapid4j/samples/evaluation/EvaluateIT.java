package dev.rapid4j.samples.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.Hub;
import dev.rapid4j.Mode;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.samples.evaluation.data.BookTask.QuestionAnswer;
import dev.rapid4j.samples.evaluation.data.TaskWriter;
import dev.rapid4j.samples.evaluation.prompts.Prompts;
import dev.rapid4j.samples.evaluation.registers.RegisterTasks;
import dev.rapid4j.samples.evaluation.running.Evaluator;
import dev.rapid4j.samples.evaluation.runs.Answer;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.Method;
import dev.rapid4j.samples.evaluation.runs.RunFolder;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import dev.rapid4j.samples.evaluation.runs.Shard;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

class EvaluateIT {

    @TempDir
    Path folder;

    private final StringWriter messages = new StringWriter();

    private Path data;
    private Path out;

    /** Facts and entries, two of each. */
    @BeforeEach
    void write() throws IOException {
        data = folder.resolve("qa.jsonl");
        out = folder.resolve("run");
        try (Tokenizer tokenizer = Checkpoint.open(LighthouseModel.directory()).openTokenizer()) {
            TaskWriter.writeInfiniteBench(data, new RegisterTasks(tokenizer, List.of(1_000), 2, 1).questionAnswers());
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyMethodAnswers(Method method) {
        int exitCode = method == Method.SPECULATIVE
                ? run("--mode", method.id(), "--draft", "bundled")
                : run("--mode", method.id());

        assertThat(exitCode).as(messages.toString()).isZero();
        assertThat(answers()).hasSize(4).allSatisfy(answer -> {
            assertThat(answer.passes()).singleElement().satisfies(pass -> {
                assertThat(pass.mode()).isEqualTo(method.mode());
                assertThat(pass.statistics().emittedTokens()).isPositive();
            });
            assertThat(answer.task().context()).isEmpty();
        });
    }

    @Test
    void aRunThatIsKilledIsTheOnlyOneInItsFolderAndGoesOn() throws Exception {
        Process first = new ProcessBuilder(Stream.concat(
                                Stream.of(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        Evaluate.class.getName()),
                                Stream.of(arguments()))
                        .toList())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("messages").toFile())
                .start();
        try {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (!Files.exists(out.resolve("answers.jsonl")) || Files.size(out.resolve("answers.jsonl")) == 0) {
                assertThat(System.nanoTime()).isLessThan(end);
                Thread.sleep(5);
            }
            if (first.isAlive()) {
                run();
                assertThat(messages.toString()).contains("Another process is writing");
            }
        } finally {
            first.destroyForcibly().waitFor();
        }

        assertThat(run()).as(messages.toString()).isZero();

        assertThat(answers())
                .extracting(answer -> answer.task().id())
                .hasSize(4)
                .doesNotHaveDuplicates();
    }

    @Test
    void aWrongRecordIsSkippedAndATextOfAMegabyteLosesItsMiddle() throws IOException {
        TaskWriter.writeInfiniteBench(
                data,
                Stream.of(
                        new QuestionAnswer("empty", " ", "Who?", List.of("Ann")),
                        new QuestionAnswer(
                                "long", "The sea is wide. ".repeat(60_000), "Who keeps the light?", List.of("Ann"))));

        int exitCode = run("--mode", "long-context", "--max-prompt-tokens", "500");

        assertThat(exitCode).as(messages.toString()).isZero();
        assertThat(messages.toString()).contains("Skipped record 1 (empty)");
        assertThat(answers()).singleElement().satisfies(answer -> {
            assertThat(answer.passes().get(0).shortened()).isTrue();
            assertThat(answer.passes().get(0).promptTokens()).isGreaterThan(100_000);
            assertThat(answer.passes().get(0).statistics().targetPromptTokens()).isBetween(400, 500);
        });
    }

    @Test
    void aTextIsReadOnceForAllItsQuestions() throws IOException {
        TaskWriter.writeInfiniteBench(data, Stream.of(about("sea", 1), about("light", 2), about("sea", 3)));

        assertThat(run("--mode", "long-context", "--max-tokens", "4"))
                .as(messages.toString())
                .isZero();

        assertThat(answers()).extracting(answer -> answer.task().id()).containsExactly("q1", "q3", "q2");
        assertThat(answers()).extracting(EvaluateIT::wasRead).containsExactly(false, true, false);
    }

    /** A cache for every text would fill the memory. */
    @Test
    void textsBeforeTheLastAreForgotten() throws IOException {
        TaskWriter.writeInfiniteBench(data, Stream.of(about("sea", 1)));
        // the limit is what a text takes in float32, which AUTO is not on every processor
        run("--mode", "long-context", "--max-prompt-tokens", "500", "--max-tokens", "4", "--weights", "FLOAT32");
        RunSettings settings = RunFolder.open(out).run().settings();
        ProgressListener ignored = new ProgressListener() {};

        try (Evaluator evaluator = Evaluator.open(settings, Prompts.bundled(), Hub.fromEnvironment(), ignored)) {
            assertThat(Stream.of(
                                    about("sea", 1),
                                    about("sea", 2),
                                    about("light", 3),
                                    about("north", 4),
                                    about("sea", 5))
                            .map(task -> wasRead(evaluator.answer(task, ignored))))
                    .containsExactly(false, true, false, false, false);
        }
    }

    private static QuestionAnswer about(String text, int number) {
        return new QuestionAnswer("q" + number, (text + " is wide. ").repeat(60), "Who?", List.of("Ann"));
    }

    private static boolean wasRead(Answer answer) {
        return answer.passes().get(0).statistics().cachedTokens() > 100;
    }

    @Test
    void severalRunsOnOneEngineAskAllAboutATextBeforeTheNextIsRead() throws IOException {
        TaskWriter.writeInfiniteBench(data, Stream.of(about("sea", 1), about("light", 2), about("sea", 3)));
        TimeLeft timeLeft = new TimeLeft();
        List<EvaluationRun.Lane> lanes = new ArrayList<>();
        try {
            for (Method method : List.of(Method.LONG_CONTEXT, Method.RAPID)) {
                ProgressDisplay display =
                        new ProgressDisplay(new PrintWriter(messages, true), false, method.id(), timeLeft);
                lanes.add(Evaluate.lane(request(method), Prompts.bundled(), Hub.fromEnvironment(), display));
            }

            assertThat(new EvaluationRun(lanes, Prompts.bundled(), Hub.fromEnvironment(), true).start())
                    .as(messages.toString())
                    .isZero();
        } finally {
            lanes.forEach(lane -> lane.writer().close());
        }

        assertThat(answers(out.resolve("long-context")))
                .extracting(EvaluateIT::wasRead)
                .containsExactly(false, true, false);
        assertThat(answers(out.resolve("rapid")))
                .allMatch(EvaluateIT::wasRead)
                .extracting(answer -> answer.passes().get(0).mode())
                .containsExactly(Mode.RAPID, Mode.RAPID, Mode.RAPID);
        assertThat(messages.toString()).contains("rapid: 3 of 3 (q2): ").containsOnlyOnce("Loading lighthouse on");
    }

    private RunRequest request(Method method) {
        String[] options = Stream.of(arguments())
                .filter(argument -> !argument.equals("en-qa") && !argument.startsWith("--out="))
                .toArray(String[]::new);
        RunOptions parsed = CommandLine.populateCommand(
                new RunOptions(),
                Stream.concat(Stream.of(options), Stream.of("--mode=" + method.id(), "--max-tokens=4"))
                        .toArray(String[]::new));
        return new RunRequest(
                Benchmark.EN_QA,
                parsed,
                OptionalInt.empty(),
                Optional.empty(),
                Shard.ALL,
                out.resolve(method.id()),
                false);
    }

    /** The second command of docs/evaluation.md, of one text. */
    @Test
    @Tag("slow")
    void aDocumentIsAskedAboutOnce() throws IOException {
        String[] arguments = {
            "documents",
            "--target=bundled",
            "--documents=gfdl-1.3",
            "--settings=long-context,rapid-10-rows",
            "--out=" + folder.resolve("documents")
        };
        CommandLine program =
                Evaluate.commandLine().setOut(new PrintWriter(messages, true)).setErr(new PrintWriter(messages, true));

        assertThat(program.execute(arguments)).as(messages.toString()).isZero();
        assertThat(program.execute(arguments)).isZero();

        assertThat(messages.toString())
                .contains("rapid-10-rows, facts: 8 of 8 questions are answered already")
                .containsOnlyOnce("Loading lighthouse on");
        assertThat(folder.resolve("documents").resolve("report.md"))
                .content()
                .contains("| bundled | long-context |", "| bundled | rapid-10-rows |");
    }

    /** The first command of docs/evaluation.md. */
    @Test
    @Tag("slow")
    void allOfItWithTheBundledModelEndsInAReport() throws IOException {
        CommandLine program =
                Evaluate.commandLine().setOut(new PrintWriter(messages, true)).setErr(new PrintWriter(messages, true));

        int exitCode = program.execute("registers", "--out=" + folder, "--lengths=1000", "--questions=1");

        assertThat(exitCode).as(messages.toString()).isZero();
        for (Method method : Method.ofThePaper()) {
            assertThat(folder.resolve("report").resolve("report.html"))
                    .content()
                    .contains(method.title());
        }
    }

    @Test
    void whatCannotBeRunIsToldInOneLine() throws IOException {
        assertThat(run("--margin", "400")).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(messages.toString()).contains("margin must be from 0 to 100");

        Files.writeString(data, "no JSON");
        assertThat(run()).isEqualTo(CommandLine.ExitCode.SOFTWARE);
        assertThat(messages.toString()).contains("is not JSON").doesNotContain("\tat ");
    }

    private int run(String... more) {
        CommandLine program = Evaluate.commandLine().setErr(new PrintWriter(messages, true));
        return program.execute(
                Stream.concat(Stream.of(arguments()), Stream.of(more)).toArray(String[]::new));
    }

    private String[] arguments() {
        return new String[] {
            "en-qa",
            "--data=" + data,
            "--target=bundled",
            "--embedding-model=bundled",
            "--passage-tokens=128",
            "--draft-context-tokens=256",
            "--out=" + out
        };
    }

    private List<Answer> answers() {
        return answers(out);
    }

    private static List<Answer> answers(Path run) {
        try (Stream<Answer> answers = RunFolder.open(run).answers()) {
            return answers.toList();
        }
    }
}
