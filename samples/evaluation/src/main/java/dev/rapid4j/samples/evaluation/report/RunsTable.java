package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.samples.evaluation.report.Table.Column;
import dev.rapid4j.samples.evaluation.report.Table.Group;
import dev.rapid4j.samples.evaluation.report.Table.Row;
import dev.rapid4j.samples.evaluation.runs.Effort;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The figures of every run. */
final class RunsTable {

    private RunsTable() {}

    /** @param runs with answers, in the order of the rows */
    static Table of(List<MeasuredRun> runs, Labels labels, Baselines baselines) {
        Map<String, List<MeasuredRun>> groups = runs.stream()
                .sorted(Comparator.comparing((MeasuredRun run) -> run.settings().target())
                        .thenComparing(run -> run.settings().benchmark()))
                .collect(Collectors.groupingBy(
                        run -> labels.target(run.settings().target()) + ", " + Labels.benchmark(run.settings()),
                        LinkedHashMap::new,
                        Collectors.toList()));
        return new Table(
                "Figures of every run",
                "Tokens a second: tokens of all answers over the time of their decoding. Accepted: of the drafted tokens,"
                        + " in per cent. First token: median seconds from the question, for the first question on a text"
                        + " and for those that follow it. Prefill, retrieval and passages: a question, on average."
                        + " No choice: answers that name no option or, where there are none, are empty."
                        + " Shortened: questions of whose prompt the middle was left out.",
                "Method",
                columns(),
                groups.entrySet().stream()
                        .map(group -> new Group(
                                group.getKey(),
                                group.getValue().stream()
                                        .map(run -> row(run, labels, baselines))
                                        .toList()))
                        .toList());
    }

    private static List<Column> columns() {
        return List.of(
                new Column("Questions", "Answered"),
                new Column("Questions", "No choice"),
                new Column("Questions", "Shortened"),
                new Column("Decoding", "Tokens/s"),
                new Column("Decoding", "Accepted, %"),
                new Column("First token, s", "First question"),
                new Column("First token, s", "Following"),
                new Column("A question", "Retrieval, s"),
                new Column("A question", "Passages"),
                new Column("A question", "Prefill, s"),
                new Column("A question", "Decoding, s"),
                new Column("Speed-up", "Decoding"),
                new Column("Speed-up", "All"));
    }

    private static Row row(MeasuredRun run, Labels labels, Baselines baselines) {
        Effort effort = run.effort();
        double questions = run.questions();
        boolean retrieves = run.settings().method().retrieves();
        Optional<SpeedUp> speedUp = baselines.speedUp(run);
        return new Row(
                labels.of(run),
                run.name(),
                Table.cells(List.of(
                        Texts.count(run.questions()),
                        Texts.count(run.count(outcome -> !outcome.chooses())),
                        Texts.count(run.count(Outcome::shortened)),
                        Texts.number(effort.tokensPerSecond(), 1),
                        Texts.number(100 * effort.acceptanceRate(), 1),
                        firstToken(run, Outcome::firstOnDocument),
                        firstToken(run, outcome -> !outcome.firstOnDocument()),
                        retrieves ? Texts.seconds(effort.retrieval() / questions) : Texts.NOTHING,
                        retrieves
                                ? Texts.number(
                                        run.outcomes().stream()
                                                .mapToInt(Outcome::passages)
                                                .average()
                                                .orElse(0),
                                        1)
                                : Texts.NOTHING,
                        Texts.seconds(effort.prefill() / questions),
                        Texts.seconds(effort.decoding() / questions),
                        speedUp.map(found -> Texts.ratio(found.decoding())).orElse(Texts.NOTHING),
                        speedUp.map(found -> Texts.ratio(found.total())).orElse(Texts.NOTHING))));
    }

    private static String firstToken(MeasuredRun run, Predicate<Outcome> which) {
        return firstToken(run.outcomes(), which);
    }

    /** The median. */
    static String firstToken(Collection<Outcome> outcomes, Predicate<Outcome> which) {
        double[] sorted = outcomes.stream()
                .filter(which)
                .flatMap(outcome -> outcome.timeToFirstToken().stream())
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
        return sorted.length == 0 ? Texts.NOTHING : Texts.seconds(median(sorted));
    }

    private static double median(double[] sorted) {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
