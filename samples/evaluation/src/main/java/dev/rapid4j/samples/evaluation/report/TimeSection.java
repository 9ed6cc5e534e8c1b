package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.samples.evaluation.report.Table.Cell;
import dev.rapid4j.samples.evaluation.report.Table.Column;
import dev.rapid4j.samples.evaluation.report.Table.Group;
import dev.rapid4j.samples.evaluation.report.Table.Row;
import dev.rapid4j.samples.evaluation.report.TimeBars.Timed;
import dev.rapid4j.samples.evaluation.report.TimeSpent.Part;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What the time of a question is spent on, in pictures and figures.
 *
 * @param missing why there is no picture of some runs
 */
record TimeSection(String text, List<TimeBars> bars, Table table, List<String> missing) {

    /** Runs with answers, whose times compare. */
    record RunGroup(String title, List<MeasuredRun> runs) {}

    static final String TITLE = "Where the time goes";

    boolean isEmpty() {
        return table.isEmpty();
    }

    String title() {
        return TITLE;
    }

    /**
     * @param groups one or more runs each
     * @param leftOut what to say of runs that are in none
     */
    static TimeSection of(List<RunGroup> groups, List<String> leftOut, Labels labels) {
        List<TimeBars> bars = new ArrayList<>();
        List<Group> rows = new ArrayList<>();
        List<String> missing = new ArrayList<>(leftOut);
        for (RunGroup group : groups) {
            String title = group.title();
            List<MeasuredRun> runs = group.runs();
            Collection<String> common = common(runs);
            Map<MeasuredRun, TimeSpent> times = new LinkedHashMap<>();
            runs.forEach(run -> times.put(
                    run,
                    TimeSpent.mean((common.isEmpty() ? run.byId().keySet() : common)
                            .stream().map(id -> run.byId().get(id).time()).toList())));
            rows.add(new Group(
                    title,
                    runs.stream()
                            .map(run -> row(run, common.isEmpty() ? run.questions() : common.size(), times, labels))
                            .toList()));
            if (common.isEmpty()) {
                missing.add(
                        "No picture of %s: there is no question that all of its runs have answered.".formatted(title));
            } else {
                bars.add(new TimeBars(
                        "%s, n %s".formatted(title, Texts.count(common.size())),
                        runs.stream()
                                .map(run -> new Timed(labels.of(run), times.get(run)))
                                .toList()));
            }
        }
        return new TimeSection(
                "A bar is a question, on average, of the n that all runs of a picture have answered. " + MainRuns.RULE,
                bars,
                table(rows),
                missing);
    }

    private static Table table(List<Group> rows) {
        return new Table(
                TITLE,
                "Seconds a question, on average, and per cent of all of them, on n questions. Retrieval: the search for"
                        + " passages, with the embedding of a new text, and with what the target reads meanwhile. Prefill:"
                        + " all models' reading of what is not in a KV cache. Drafting: the drafter's passes. Verification:"
                        + " the rest of decoding, which is the target's passes, and sampling. Plain decoding: all of"
                        + " decoding where nothing is drafted, a token a pass. With chain of thought both passes are"
                        + " counted. Splitting prompts into tokens is not measured, and not counted."
                        + " Only runs that the charts show: of those that differ in their margin only, one.",
                "Method",
                Stream.concat(
                                Stream.concat(
                                        Stream.of(new Column("", "n")),
                                        Stream.of(Part.values()).map(part -> new Column("", part.title() + ", s"))),
                                Stream.of(new Column("", "All, s")))
                        .toList(),
                rows);
    }

    private static Collection<String> common(List<MeasuredRun> runs) {
        return runs.get(0).byId().keySet().stream()
                .filter(id -> runs.stream().allMatch(run -> run.byId().containsKey(id)))
                .toList();
    }

    private static Row row(MeasuredRun run, int questions, Map<MeasuredRun, TimeSpent> times, Labels labels) {
        TimeSpent time = times.get(run);
        List<Cell> cells = new ArrayList<>(List.of(Cell.of(Texts.count(questions))));
        for (Part part : Part.values()) {
            cells.add(
                    time.seconds().get(part) == 0
                            ? Cell.EMPTY
                            : new Cell(
                                    Texts.seconds(time.seconds().get(part)), Texts.percent(time.share(part)) + " %"));
        }
        cells.add(Cell.of(Texts.seconds(time.total())));
        return new Row(labels.of(run), run.name(), cells);
    }
}
