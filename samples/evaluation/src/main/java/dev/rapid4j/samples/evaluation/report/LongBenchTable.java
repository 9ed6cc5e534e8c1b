package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.samples.evaluation.data.LongBenchTask.Difficulty;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Length;
import dev.rapid4j.samples.evaluation.report.Table.Cell;
import dev.rapid4j.samples.evaluation.report.Table.Column;
import dev.rapid4j.samples.evaluation.report.Table.Group;
import dev.rapid4j.samples.evaluation.report.Table.Row;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.scores.Accuracy;
import dev.rapid4j.samples.evaluation.scores.LongBenchScores;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** LongBench v2's own table: right answers by difficulty, length and domain. */
final class LongBenchTable {

    /** Data of strangers may name any number of domains. */
    private static final int MAX_DOMAINS = 12;

    private LongBenchTable() {}

    /** @param runs with answers, in the order of the rows */
    static Table of(List<MeasuredRun> runs, Labels labels) {
        Map<MeasuredRun, LongBenchScores> scores = new LinkedHashMap<>();
        runs.stream()
                .filter(run -> run.settings().benchmark() == Benchmark.LONGBENCH_V2)
                .forEach(run -> scores.put(
                        run,
                        LongBenchScores.of(run.outcomes().stream()
                                .flatMap(outcome -> outcome.choice().stream())
                                .toList())));
        Set<String> domains = scores.values().stream()
                .flatMap(score -> score.domains().keySet().stream())
                .collect(Collectors.toCollection(TreeSet::new));
        List<String> shown = domains.stream().limit(MAX_DOMAINS).toList();
        Map<String, List<MeasuredRun>> groups = scores.keySet().stream()
                .collect(Collectors.groupingBy(
                        run -> labels.target(run.settings().target())
                                + (run.settings().chainOfThought() ? ", chain of thought" : ""),
                        LinkedHashMap::new,
                        Collectors.toList()));
        return new Table(
                "LongBench v2",
                "Right answers in per cent. In brackets, or below: the same where a question whose response names no"
                        + " option counts as a quarter of a right answer, and the number n of questions."
                        + (shown.size() < domains.size()
                                ? " Of %d domains the first %d.".formatted(domains.size(), shown.size())
                                : ""),
                "Method",
                columns(shown),
                groups.entrySet().stream()
                        .map(group -> new Group(
                                group.getKey(),
                                group.getValue().stream()
                                        .map(run -> row(labels.of(run), scores.get(run), shown))
                                        .toList()))
                        .toList());
    }

    private static List<Column> columns(List<String> domains) {
        List<Column> columns = new ArrayList<>(Column.of("Overall"));
        Stream.of("Easy", "Hard").map(name -> new Column("Difficulty", name)).forEach(columns::add);
        Stream.of("Short", "Medium", "Long")
                .map(name -> new Column("Length", name))
                .forEach(columns::add);
        domains.stream()
                .map(name -> new Column("Domain", Texts.shortened(name)))
                .forEach(columns::add);
        return columns;
    }

    private static Row row(String name, LongBenchScores scores, List<String> domains) {
        List<Cell> cells = new ArrayList<>();
        cells.add(cell(Optional.of(scores.overall())));
        Stream.of(Difficulty.values())
                .map(difficulty -> Optional.ofNullable(scores.difficulties().get(difficulty)))
                .forEach(accuracy -> cells.add(cell(accuracy)));
        Stream.of(Length.values())
                .map(length -> Optional.ofNullable(scores.lengths().get(length)))
                .forEach(accuracy -> cells.add(cell(accuracy)));
        domains.stream()
                .map(domain -> Optional.ofNullable(scores.domains().get(domain)))
                .forEach(accuracy -> cells.add(cell(accuracy)));
        return new Row(name, Texts.questions(scores.overall().questions()), cells);
    }

    private static Cell cell(Optional<Accuracy> accuracy) {
        return accuracy.filter(counted -> counted.questions() > 0)
                .map(counted -> new Cell(
                        Texts.percent(counted.share()),
                        "%s; n %s".formatted(Texts.percent(counted.compensatedShare()), counted.questions())))
                .orElse(Cell.EMPTY);
    }
}
