package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.samples.evaluation.report.Chart.Level;
import dev.rapid4j.samples.evaluation.report.Chart.Measure;
import dev.rapid4j.samples.evaluation.report.Chart.Point;
import dev.rapid4j.samples.evaluation.report.Chart.Series;
import dev.rapid4j.samples.evaluation.report.Chart.Tick;
import dev.rapid4j.samples.evaluation.runs.Effort;
import dev.rapid4j.samples.evaluation.runs.Method;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What changes with the length of the prompt, for the runs of one setup. Lengths are grouped by powers of two. */
final class LengthCharts {

    private static final int SMALLEST = 1024;

    private final String title;
    private final List<MeasuredRun> runs;
    private final Labels labels;
    private final Baselines baselines;

    /** @param runs with answers, all of one setup; at most {@link Look#VARIANTS} of a method */
    LengthCharts(String title, List<MeasuredRun> runs, Labels labels, Baselines baselines) {
        this.title = title;
        this.runs = runs;
        this.labels = labels;
        this.baselines = baselines;
    }

    Optional<Chart> score() {
        return chart(
                Measure.SCORE,
                Optional.empty(),
                (run, length, outcomes) -> Optional.of(Point.of(
                        length,
                        Estimate.of(outcomes.stream().map(Outcome::score).toList()))));
    }

    Optional<Chart> acceptance() {
        return chart(
                Measure.ACCEPTANCE,
                Optional.empty(),
                (run, length, outcomes) -> Optional.of(
                                outcomes.stream().map(Outcome::effort).reduce(Effort.NONE, Effort::plus))
                        .filter(effort -> effort.drafted() > 0)
                        .map(effort -> new Point(length, effort.acceptanceRate(), Optional.empty(), outcomes.size())));
    }

    /** How much faster answers are decoded, retrieval and prefill apart. */
    Optional<Chart> decodingSpeedUp() {
        return speedUp(Measure.DECODING_SPEED_UP, SpeedUp::decoding);
    }

    /** How much faster answers come, retrieval and prefill included. */
    Optional<Chart> totalSpeedUp() {
        return speedUp(Measure.TOTAL_SPEED_UP, SpeedUp::total);
    }

    private Optional<Chart> speedUp(Measure measure, ToDoubleFunction<SpeedUp> figure) {
        return chart(
                measure,
                Optional.of(new Level("long context", 1)),
                (run, length, outcomes) -> speedUp(run, outcomes)
                        .map(found ->
                                new Point(length, figure.applyAsDouble(found), Optional.empty(), found.questions())));
    }

    private Optional<SpeedUp> speedUp(MeasuredRun run, List<Outcome> outcomes) {
        return baselines.of(run).filter(baseline -> baseline != run).flatMap(baseline -> {
            List<String> ids = outcomes.stream()
                    .map(Outcome::id)
                    .filter(baseline.byId()::containsKey)
                    .toList();
            return SpeedUp.of(run, baseline, ids);
        });
    }

    /** What a chart shows of the questions of one length. */
    private interface Figure {

        Optional<Point> of(MeasuredRun run, int length, List<Outcome> outcomes);
    }

    /** @return nothing if there are not two lengths to compare */
    private Optional<Chart> chart(Measure measure, Optional<Level> level, Figure figure) {
        Map<Method, Integer> variants = new EnumMap<>(Method.class);
        List<Series> series = new ArrayList<>();
        for (MeasuredRun run : runs) {
            Method method = run.settings().method();
            Look look = new Look(method, variants.merge(method, 1, Integer::sum) - 1);
            List<Point> points = byLength(run).entrySet().stream()
                    .flatMap(entry -> figure.of(run, entry.getKey(), entry.getValue()).stream())
                    .toList();
            if (!points.isEmpty()) {
                series.add(new Series(labels.of(run), look, points));
            }
        }
        IntSummaryStatistics lengths = series.stream()
                .flatMap(one -> one.points().stream())
                .mapToInt(point -> (int) point.x())
                .summaryStatistics();
        if (series.isEmpty() || lengths.getMin() == lengths.getMax()) {
            return Optional.empty();
        }
        List<Tick> ticks = IntStream.rangeClosed(lengths.getMin(), lengths.getMax())
                .mapToObj(length -> new Tick(length, label(length)))
                .toList();
        return Optional.of(new Chart(title, "Prompt tokens", ticks, measure, series, level));
    }

    private static Map<Integer, List<Outcome>> byLength(MeasuredRun run) {
        return run.outcomes().stream()
                .collect(Collectors.groupingBy(
                        outcome -> length(outcome.promptTokens()), TreeMap::new, Collectors.toList()));
    }

    /** 0 up to 1,024 tokens, 1 up to 2,048, and so on. */
    static int length(int promptTokens) {
        int length = 0;
        while ((long) SMALLEST << length < promptTokens) {
            length++;
        }
        return length;
    }

    static String label(int length) {
        return length == 0 ? "to 1K" : "%d–%dK".formatted(1 << length - 1, 1 << length);
    }
}
