package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.samples.evaluation.report.Chart.Level;
import dev.rapid4j.samples.evaluation.report.Chart.Measure;
import dev.rapid4j.samples.evaluation.report.Chart.Point;
import dev.rapid4j.samples.evaluation.report.Chart.Series;
import dev.rapid4j.samples.evaluation.report.Chart.Tick;
import dev.rapid4j.samples.evaluation.runs.Method;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Runs that differ in their margin only.
 *
 * @param runs by margin; one or more
 */
record MarginSweep(List<MeasuredRun> runs) {

    static final double PAPERS_MARGIN = 10;

    /** All runs of {@link Method#RAPID}, each in one sweep. */
    static List<MarginSweep> among(List<MeasuredRun> runs) {
        Map<List<Object>, List<MeasuredRun>> alike = runs.stream()
                .filter(run -> run.settings().method() == Method.RAPID)
                .collect(Collectors.groupingBy(MarginSweep::otherSettings, LinkedHashMap::new, Collectors.toList()));
        return alike.values().stream()
                .map(group -> new MarginSweep(group.stream()
                        .sorted(Comparator.comparing(run -> run.settings().margin()))
                        .toList()))
                .toList();
    }

    private static List<Object> otherSettings(MeasuredRun run) {
        Map<String, String> settings = new LinkedHashMap<>(Labels.settings(run));
        settings.remove(Labels.MARGIN);
        return List.of(run.setup(), run.settings().drafter(), settings);
    }

    private boolean hasSeveralMargins() {
        return runs.stream().map(run -> run.settings().margin()).distinct().count() > 1;
    }

    /**
     * Scores of all sweeps of one setup.
     *
     * @return nothing if there is no sweep of several margins
     */
    static Optional<Chart> chart(String title, List<MeasuredRun> runs, Labels labels) {
        List<MarginSweep> sweeps =
                among(runs).stream().filter(MarginSweep::hasSeveralMargins).toList();
        if (sweeps.isEmpty()) {
            return Optional.empty();
        }
        List<Series> series = new ArrayList<>();
        for (MarginSweep sweep : sweeps.subList(0, Math.min(Look.VARIANTS, sweeps.size()))) {
            series.add(new Series(sweep.name(labels), new Look(Method.RAPID, series.size()), sweep.points()));
        }
        List<Tick> ticks = sweeps.stream()
                .flatMap(sweep -> sweep.runs().stream())
                .map(run -> run.settings().margin())
                .distinct()
                .sorted()
                .map(margin -> new Tick(margin, Texts.plain(margin)))
                .toList();
        Optional<Level> level = runs.stream()
                .filter(run -> run.settings().method() == Method.LONG_CONTEXT)
                .findFirst()
                .map(run -> new Level("long context", run.score().mean()));
        return Optional.of(new Chart(title, "Margin", ticks, Measure.SCORE, series, level));
    }

    private String name(Labels labels) {
        MeasuredRun first = runs.get(0);
        Map<String, String> distinctions = labels.distinctions(first);
        distinctions.remove(Labels.MARGIN);
        String method = Labels.method(first.settings());
        return distinctions.isEmpty() ? method : method + ", " + Labels.text(distinctions);
    }

    private List<Point> points() {
        return runs.stream()
                .map(run -> Point.of(run.settings().margin(), run.score()))
                .toList();
    }
}
