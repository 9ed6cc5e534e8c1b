package dev.rapid4j.samples.evaluation.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.samples.evaluation.report.Report.Section;
import dev.rapid4j.samples.evaluation.report.Table.Cell;
import dev.rapid4j.samples.evaluation.report.Table.Row;
import dev.rapid4j.samples.evaluation.report.TimeBars.Bar;
import dev.rapid4j.samples.evaluation.report.TimeBars.Segment;
import dev.rapid4j.samples.evaluation.runs.Answer;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.Machine;
import dev.rapid4j.samples.evaluation.runs.Method;
import dev.rapid4j.samples.evaluation.runs.Run;
import dev.rapid4j.samples.evaluation.runs.RunException;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import dev.rapid4j.samples.evaluation.runs.Shard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {

    private static final RunSettings LONG_CONTEXT = SyntheticRuns.settings(Benchmark.EN_MC, Method.LONG_CONTEXT);
    private static final RunSettings RAPID = SyntheticRuns.settings(Benchmark.EN_MC, Method.RAPID);

    @TempDir
    Path root;

    private final List<Path> folders = new ArrayList<>();

    @Test
    void aMethodIsARowWithTheScoresOfAllBenchmarks() {
        for (Benchmark benchmark : Benchmark.OF_THE_PAPER) {
            add(benchmark.id(), SyntheticRuns.settings(benchmark, Method.RAPID), 8);
        }
        add(
                "cot",
                SyntheticRuns.with(
                        SyntheticRuns.settings(Benchmark.LONGBENCH_V2, Method.RAPID), Map.of("chainOfThought", true)),
                8);

        Table table = report().tables().get(0);

        assertThat(rows(table)).hasSize(1);
        assertThat(texts(rows(table).get(0)).subList(0, 6)).doesNotContain(Texts.NOTHING);
    }

    @Test
    void theAverageNeedsAllThree() {
        add("one", RAPID, 8);

        assertThat(texts(rows(report().tables().get(0)).get(0)).get(3)).isEqualTo(Texts.NOTHING);
    }

    @Test
    void speedUpIsMeasuredOnTheQuestionsThatBothHaveAnswered() {
        // 60 tokens each; the first text is read in 1 s, passages are found in 0.1 s
        add(
                "slow",
                LONG_CONTEXT,
                run -> List.of(
                        SyntheticRuns.answer(run, 0, true, 10_000, 10),
                        SyntheticRuns.answer(run, 4, true, 10_000, 20)));
        add(
                "fast",
                RAPID,
                run -> List.of(
                        SyntheticRuns.answer(run, 0, true, 10_000, 30),
                        SyntheticRuns.answer(run, 8, true, 10_000, 1000)));

        Row row = rows(report().tables().get(0)).get(1);

        assertThat(row.name()).isEqualTo("RAPID, drafts for itself");
        assertThat(row.cells().get(7)).isEqualTo(new Cell("3.00×", "n 1"));
        assertThat(row.cells().get(8)).isEqualTo(new Cell("2.26×", "n 1")); // (6 + 1) / (2 + 1 + 0.1)
    }

    @Test
    void timesOfOtherMachinesAreNotCompared() {
        add("here", LONG_CONTEXT, 8);
        folders.add(SyntheticRuns.write(
                root.resolve("there"),
                new Run(RAPID, Shard.ALL, SyntheticRuns.QUESTIONS, new Machine("other", 64, 64, "21")),
                8));

        Report report = report();

        assertThat(texts(rows(report.tables().get(0)).get(1)).get(7)).isEqualTo(Texts.NOTHING);
        assertThat(report.notices()).anyMatch(notice -> notice.startsWith("The runs come from 2 machines"));
        assertThat(report.notices()).anyMatch(notice -> notice.startsWith("Without a speed-up: there."));
    }

    @Test
    void runsOfOneMethodAreNotMixed() {
        add("first", RAPID, 8);
        add("second", SyntheticRuns.with(RAPID, Map.of("seed", 2)), 8);

        Report report = report();

        assertThat(rows(report.tables().get(0))).extracting(Row::detail).containsExactly("seed 1", "seed 2");
        assertThat(report.notices()).anyMatch(notice -> notice.contains("they differ in seed, and are not mixed"));
    }

    @Test
    void unfinishedRunsAreMarked() {
        add("all", LONG_CONTEXT, 12);
        folders.add(SyntheticRuns.write(root.resolve("some"), new Run(RAPID, Shard.ALL, 12, SyntheticRuns.MACHINE), 5));

        Report report = report();

        assertThat(report.notices())
                .containsOnlyOnce(
                        "Incomplete: some (5 of 12 answered). The command that started a run goes on with it.");
        for (Table table : Stream.concat(
                        report.tables().stream(), Stream.of(report.times().table()))
                .toList()) {
            assertThat(table.markdown())
                    .containsPattern("RAPID, drafts for itself.*5 of 12 answered")
                    .doesNotContain("12 of 12");
        }
    }

    @Test
    void answersThatNameNoOptionAreCountedApartFromQuestionsWithoutAnAnswer() {
        Run run = new Run(
                SyntheticRuns.settings(Benchmark.LONGBENCH_V2, Method.LONG_CONTEXT),
                Shard.ALL,
                5,
                SyntheticRuns.MACHINE);
        List<Answer> answers = IntStream.range(0, 4)
                .mapToObj(i -> SyntheticRuns.answer(run, i, i < 3, 2_000, 10))
                .toList();
        folders.add(SyntheticRuns.write(root.resolve("some"), run, answers));

        Report report = report();

        assertThat(report.notices()).anyMatch(notice -> notice.startsWith("Incomplete: some (4 of 5 answered)."));
        Table table = report.tables().get(2);
        assertThat(table.columns().subList(0, 2))
                .extracting(Table.Column::name)
                .containsExactly("Answered", "No choice");
        assertThat(texts(rows(table).get(0)).subList(0, 2)).containsExactly("4", "1");
        assertThat(table.markdown()).contains("No choice: answers that").doesNotContain("Unanswered");
    }

    @Test
    void partsAndLimitedRunsAreNamed() {
        add("all", LONG_CONTEXT, 12);
        add("limited", RAPID, 5);
        folders.add(SyntheticRuns.write(
                root.resolve("part"), new Run(RAPID, new Shard(2, 3), 12, SyntheticRuns.MACHINE), 4));

        assertThat(report().notices())
                .contains(
                        "limited was limited: it has answered 5 of the 12 questions that runs on the same data have answered.",
                        "part is part 2/3 of a run, with 4 questions; put the parts together with the command merge.");
    }

    @Test
    void aRunWithoutAnswersIsNamedAndHasNoRow() {
        add("all", LONG_CONTEXT, 4);
        folders.add(SyntheticRuns.write(root.resolve("none"), SyntheticRuns.run(RAPID), 0));

        Report report = report();

        assertThat(report.notices())
                .contains("none has no answers yet, of 100 questions, and is in no table or chart.");
        assertThat(rows(report.tables().get(0))).hasSize(1);
    }

    @Test
    void runsWithoutAnyAnswerAreAPageAllTheSame() {
        folders.add(SyntheticRuns.write(root.resolve("none"), SyntheticRuns.run(RAPID), 0));

        Report report = report();

        assertThat(report.tables()).isEmpty();
        assertThat(report.html()).contains("none has no answers yet");
        assertThat(report.markdown()).doesNotContain("|");
    }

    @Test
    void aFolderThatCannotBeUsedIsLeftOut() throws IOException {
        add("good", LONG_CONTEXT, 4);
        add("damaged", RAPID, 4);
        Path answers = root.resolve("damaged/answers.jsonl");
        Files.writeString(answers, "{}\n" + Files.readString(answers));
        folders.add(root.resolve("absent"));

        Report report = report();

        assertThat(rows(report.tables().get(0))).hasSize(1);
        assertThat(report.notices())
                .anyMatch(notice -> notice.startsWith("Left out: ") && notice.contains("damaged in line 1"))
                .anyMatch(notice -> notice.endsWith("absent is not the folder of a run: it has no run.json"));
    }

    @Test
    void withoutAnyRunThereIsNoReport() {
        folders.add(root.resolve("absent"));

        assertThatThrownBy(this::report).isInstanceOf(RunException.class).hasMessageContaining("absent");
    }

    @Test
    void longBenchIsScoredByGroupsAndWithCompensation() {
        RunSettings settings = SyntheticRuns.settings(Benchmark.LONGBENCH_V2, Method.LONG_CONTEXT);
        add(
                "run",
                settings,
                run -> IntStream.range(0, 4)
                        .mapToObj(i -> SyntheticRuns.answer(run, i, i < 3, 2_000, 10))
                        .toList());

        Table table = report().tables().get(1);

        // the last of four names no option; even numbers are easy; 81.25 as the authors' result.py rounds it
        assertThat(rows(table).get(0).cells().subList(0, 3))
                .containsExactly(
                        new Cell("75.0", "81.2; n 4"), new Cell("100.0", "100.0; n 2"), new Cell("50.0", "62.5; n 2"));
    }

    @Test
    void chartsAreDrawnForWhatThereIs() {
        add("long", LONG_CONTEXT, 56);
        add("ten", RAPID, 56);

        List<Section> sections = report().sections();

        assertThat(sections).extracting(section -> section.plots().size()).containsExactly(1, 1, 1, 1, 0);
        assertThat(sections.get(4).missing())
                .containsExactly("No chart of En.MC, target-8b: no two runs differ in their margin only.");
    }

    @Test
    void aSweepOfMarginsIsOneLine() {
        add("long", LONG_CONTEXT, 56);
        for (int margin : new int[] {40, 0, 10}) {
            add("margin-" + margin, SyntheticRuns.with(RAPID, Map.of("margin", margin)), 56);
        }

        List<Section> sections = report().sections();

        assertThat(sections.get(4).plots().get(0).chart().ticks())
                .extracting(Chart.Tick::label)
                .containsExactly("0", "10", "40");
        assertThat(sections.get(0).plots().get(0).chart().series())
                .extracting(Chart.Series::name)
                .containsExactly("Long context", "RAPID, drafts for itself, margin 10");
    }

    @Test
    void chartsShowTheMarginThatIsUsedOnTheMostBenchmarks() {
        for (int margin : new int[] {10, 40}) {
            add("mc-" + margin, SyntheticRuns.with(RAPID, Map.of("margin", margin)), 56);
        }
        RunSettings otherBenchmark = SyntheticRuns.settings(Benchmark.EN_QA, Method.RAPID);
        add("qa-40", SyntheticRuns.with(otherBenchmark, Map.of("margin", 40)), 4);

        assertThat(shownMargin()).isEqualTo("RAPID, drafts for itself, margin 40");

        add("qa-10", SyntheticRuns.with(otherBenchmark, Map.of("margin", 10)), 2);
        assertThat(shownMargin()).as("of two on as many benchmarks").isEqualTo("RAPID, drafts for itself, margin 40");

        add("sum-10", SyntheticRuns.settings(Benchmark.EN_SUM, Method.RAPID), 1);
        assertThat(shownMargin()).isEqualTo("RAPID, drafts for itself, margin 10");
    }

    @Test
    void chartsShowAtMostThreeRunsOfAMethod() {
        for (int seed = 1; seed <= 5; seed++) {
            add("seed-" + seed, SyntheticRuns.with(RAPID, Map.of("seed", seed)), 56);
        }

        Report report = report();

        assertThat(report.sections().get(0).plots().get(0).chart().series())
                .extracting(Chart.Series::name)
                .containsExactly(
                        "RAPID, drafts for itself, seed 1",
                        "RAPID, drafts for itself, seed 2",
                        "RAPID, drafts for itself, seed 3");
        assertThat(report.times().missing()).containsExactly("Not in the charts of En.MC, target-8b: seed-4, seed-5.");
    }

    @Test
    void anIncompleteRunIsDrawnWhereNoOtherOfItsMethodIsComplete() {
        Run incomplete = new Run(RAPID, Shard.ALL, 56, SyntheticRuns.MACHINE);
        add("long", LONG_CONTEXT, 56);
        folders.add(SyntheticRuns.write(root.resolve("incomplete"), incomplete, 20));

        assertThat(report().times().bars().get(0).title()).isEqualTo("En.MC, target-8b, n 20");

        add("complete", SyntheticRuns.with(RAPID, Map.of("seed", 2)), 56);
        assertThat(report().times().bars().get(0).title()).isEqualTo("En.MC, target-8b, n 56");
    }

    @Test
    void aMarginIsPartOfTheNameOnEveryBenchmarkIfItVariesOnOne() {
        add("mc-10", RAPID, 4);
        add("mc-40", SyntheticRuns.with(RAPID, Map.of("margin", 40)), 4);
        add("qa", SyntheticRuns.settings(Benchmark.EN_QA, Method.RAPID), 4);

        assertThat(rows(report().tables().get(1)))
                .extracting(Row::name)
                .containsExactly(
                        "RAPID, drafts for itself, margin 10",
                        "RAPID, drafts for itself, margin 10",
                        "RAPID, drafts for itself, margin 40");
    }

    @Test
    void fewQuestionsAndManyEmptyAnswersAreToldBeforehand() {
        RunSettings settings = SyntheticRuns.settings(Benchmark.LONGBENCH_V2, Method.LONG_CONTEXT);
        add(
                "mute",
                settings,
                run -> IntStream.range(0, 40)
                        .mapToObj(i -> SyntheticRuns.answer(run, i, i < 10, 2_000, 10))
                        .toList());
        assertThat(report().notices())
                .hasSize(1)
                .allMatch(notice -> notice.startsWith("mute: 30 of 40 questions got a response that names no option."));

        add("few", SyntheticRuns.settings(Benchmark.EN_MC, Method.LONG_CONTEXT), 39);
        assertThat(report().notices())
                .anyMatch(notice -> notice.startsWith("Runs with fewer than 40 answers: 1 of 2."));
    }

    @Test
    void oneLengthIsNothingToDraw() {
        add("run", LONG_CONTEXT, run -> List.of(SyntheticRuns.answer(run, 0, true, 5_000, 10)));

        assertThat(report().sections()).allMatch(section -> section.plots().isEmpty());
    }

    @Test
    void lengthsAreGroupedByPowersOfTwo() {
        assertThat(IntStream.of(0, 1_024, 1_025, 2_048, 128_000, Integer.MAX_VALUE)
                        .map(LengthCharts::length))
                .containsExactly(0, 0, 1, 1, 7, 21);
        assertThat(LengthCharts.label(7)).isEqualTo("64–128K");
    }

    @Test
    void timeIsToldPartByPartOnTheQuestionsThatAllHaveAnswered() {
        // 60 tokens each; a text of 10,000 tokens is read in 1 s, passages are found in 0.1 s, a third of decoding is
        // drafting
        add(
                "long",
                LONG_CONTEXT,
                run -> List.of(
                        SyntheticRuns.answer(run, 0, true, 10_000, 60), SyntheticRuns.answer(run, 4, true, 60_000, 1)));
        add("rapid", RAPID, run -> List.of(SyntheticRuns.answer(run, 0, true, 10_000, 120)));

        Report report = report();

        List<Row> rows = rows(report.times().table());
        assertThat(texts(rows.get(0)))
                .containsExactly("1", Texts.NOTHING, "1.00", Texts.NOTHING, Texts.NOTHING, "1.00", "2.00");
        assertThat(texts(rows.get(1))).containsExactly("1", "0.100", "1.00", "0.167", "0.333", Texts.NOTHING, "1.60");
        assertThat(rows.get(1).cells().get(2).detail()).isEqualTo("62.5 %");
        List<Bar> bars = report.times().bars().get(0).bars();
        assertThat(bars.get(0).segments()).extracting(Segment::width).containsExactly("200.00", "200.00");
        assertThat(bars.get(1).segments())
                .extracting(Segment::style)
                .containsExactly("retrieval", "prefill", "drafting", "verification");
        assertThat(report.markdown()).contains("| RAPID, drafts for itself (rapid) | 1 | 0.100 (6.2 %)");
    }

    @Test
    void modelsWhoseFoldersHaveOneNameAreToldApart() {
        add("first", RAPID, 8);
        add("second", SyntheticRuns.with(RAPID, Map.of("target", "others/target-8b")), 8);

        assertThat(report().times().bars())
                .extracting(TimeBars::title)
                .containsExactly(
                        "En.MC, target-8b, target models/target-8b, n 8",
                        "En.MC, target-8b, target others/target-8b, n 8");
    }

    @Test
    void timesOfDifferentQuestionsAreNotDrawnTogether() {
        add("long", LONG_CONTEXT, run -> List.of(SyntheticRuns.answer(run, 0, true, 10_000, 60)));
        add("rapid", RAPID, run -> List.of(SyntheticRuns.answer(run, 4, true, 10_000, 60)));

        TimeSection times = report().times();

        assertThat(times.bars()).isEmpty();
        assertThat(times.missing())
                .containsExactly(
                        "No picture of En.MC, target-8b: there is no question that all of its runs have answered.");
        assertThat(rows(times.table())).hasSize(2);
    }

    @Test
    void whatARunSaysIsTextOnThePage() {
        RunSettings settings =
                SyntheticRuns.with(LONG_CONTEXT, Map.of("target", "<script>alert('x')<script>|`\u001b[31m"));
        add("run", settings, 8);

        Report report = report();

        assertThat(report.html()).contains("&lt;script&gt;").doesNotContain("<script");
        assertThat(report.markdown())
                .contains("\\<script\\>alert('x')\\<script\\>\\|\\` \\[31m")
                .doesNotContain("\u001b");
    }

    @Test
    void longNamesLeaveRoomAndHalfACharacterCanBeWritten() throws IOException {
        String drafter = "d".repeat(100_000);
        add("run", SyntheticRuns.with(RAPID, Map.of("target", "half \ud83d of it", "drafter", drafter)), 8);

        Report report = report();

        assertThat(report.markdown()).doesNotContain("d".repeat(61));
        Files.writeString(root.resolve("page.html"), report.html());
        Files.writeString(root.resolve("tables.md"), report.markdown());
    }

    @Test
    void thePageNeedsNothingElse() {
        add("run", LONG_CONTEXT, 56);

        assertThat(report().html())
                .contains("default-src 'none'")
                .doesNotContainPattern("(?i)(src|href|style)\\s*=|url\\(|@import|https?:");
    }

    private interface Answers {

        List<Answer> of(Run run);
    }

    private void add(String name, RunSettings settings, int count) {
        folders.add(SyntheticRuns.write(root.resolve(name), settings, count));
    }

    private void add(String name, RunSettings settings, Answers answers) {
        List<Answer> given = answers.of(SyntheticRuns.run(settings));
        Run run = new Run(settings, Shard.ALL, given.size(), SyntheticRuns.MACHINE);
        folders.add(SyntheticRuns.write(root.resolve(name), run, given));
    }

    private String shownMargin() {
        return report().sections().get(0).plots().get(0).chart().series().get(0).name();
    }

    private Report report() {
        return Report.of(folders);
    }

    private static List<Row> rows(Table table) {
        return table.groups().stream().flatMap(group -> group.rows().stream()).toList();
    }

    private static List<String> texts(Row row) {
        return row.cells().stream().map(Cell::text).toList();
    }
}
