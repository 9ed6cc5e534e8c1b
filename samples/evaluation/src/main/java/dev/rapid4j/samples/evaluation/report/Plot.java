package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.samples.evaluation.report.Chart.Level;
import dev.rapid4j.samples.evaluation.report.Chart.Point;
import dev.rapid4j.samples.evaluation.report.Chart.Range;
import dev.rapid4j.samples.evaluation.report.Chart.Series;
import dev.rapid4j.samples.evaluation.report.Chart.Tick;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** A chart with all its places worked out, in units of its SVG. */
final class Plot {

    private static final int WIDTH = 400;
    private static final int HEIGHT = 250;
    private static final int LEFT = 46;
    private static final int RIGHT = WIDTH - 12;
    private static final int TOP = 12;
    private static final int BOTTOM = HEIGHT - 42;

    /** The distance from an end of the horizontal axis to the first or last point. */
    private static final int INSET = 18;

    /** Series stand beside each other, so that their intervals do not hide one another. */
    private static final double DODGE = 5;

    /** Most that points at one place are moved apart, from the first series to the last. */
    private static final double MAX_DODGE = 30;

    /** How wide a character of a label is, with the larger letters of a narrow page. */
    private static final double CHARACTER_WIDTH = 7.2;

    /** A place on an axis, and what is written there. */
    record Mark(String at, String label) {}

    /** @param swatch a marker for the legend */
    record Line(String name, String style, String path, String swatch, List<Dot> dots) {}

    /**
     * @param interval as a path; blank if there is none
     * @param words what a pointer is shown
     */
    record Dot(String x, String y, String marker, String interval, String words) {}

    private final String id;
    private final Chart chart;
    private final Scale scale;

    /** @param id that no other plot of the page has */
    Plot(String id, Chart chart) {
        this.id = id;
        this.chart = chart;
        double most = chart.series().stream()
                .flatMap(series -> series.points().stream())
                .flatMapToDouble(point -> DoubleStream.of(
                        point.y(), point.range().map(Range::high).orElse(0.0)))
                .max()
                .orElse(0);
        scale = Scale.upTo(
                chart.y().shown(Math.max(most, chart.level().map(Level::y).orElse(0.0))));
    }

    String id() {
        return id;
    }

    Chart chart() {
        return chart;
    }

    int width() {
        return WIDTH;
    }

    int height() {
        return HEIGHT;
    }

    int left() {
        return LEFT;
    }

    int right() {
        return RIGHT;
    }

    int middle() {
        return (LEFT + RIGHT) / 2;
    }

    int bottom() {
        return BOTTOM;
    }

    List<Mark> horizontalMarks() {
        return labelled().stream()
                .map(tick -> new Mark(text(x(tick.x())), tick.label()))
                .toList();
    }

    /** As many ticks as have room for their labels: at equal distances if all are, or else one after the other. */
    private List<Tick> labelled() {
        List<Tick> ticks = chart.ticks();
        double step = ticks.get(1).x() - ticks.get(0).x();
        boolean even = IntStream.range(1, ticks.size())
                .allMatch(i -> ticks.get(i).x() - ticks.get(i - 1).x() == step);
        if (even) {
            return IntStream.iterate(1, every -> every + 1)
                    .mapToObj(every -> IntStream.range(0, ticks.size())
                            .filter(i -> i % every == 0)
                            .mapToObj(ticks::get)
                            .toList())
                    .filter(some ->
                            IntStream.range(1, some.size()).allMatch(i -> hasRoom(some.get(i - 1), some.get(i))))
                    .findFirst()
                    .orElseThrow();
        }
        List<Tick> labelled = new ArrayList<>();
        for (Tick tick : ticks) {
            if (labelled.isEmpty() || hasRoom(labelled.get(labelled.size() - 1), tick)) {
                labelled.add(tick);
            }
        }
        return labelled;
    }

    /** Whether a label ends before the next begins. */
    private boolean hasRoom(Tick tick, Tick next) {
        int characters = tick.label().length() + next.label().length() + 2;
        return x(next.x()) - x(tick.x()) >= CHARACTER_WIDTH * characters / 2;
    }

    List<Mark> verticalMarks() {
        return scale.marks().stream()
                .map(mark -> new Mark(text(y(mark)), scale.label(mark)))
                .toList();
    }

    List<Mark> levels() {
        return chart.level().stream()
                .map(level -> new Mark(text(y(chart.y().shown(level.y()))), level.name()))
                .toList();
    }

    List<Line> lines() {
        int count = chart.series().size();
        double dodge = Math.min(DODGE, MAX_DODGE / count);
        return IntStream.range(0, count)
                .mapToObj(i -> line(chart.series().get(i), dodge * (i - (count - 1) / 2.0)))
                .toList();
    }

    private Line line(Series series, double offset) {
        List<Dot> dots = series.points().stream()
                .map(point -> dot(series, point, x(point.x()) + offset))
                .toList();
        return new Line(
                series.name(),
                series.look().style(),
                dots.stream().map(dot -> dot.x() + " " + dot.y()).collect(Collectors.joining("L", "M", "")),
                series.look().marker(16, 8),
                dots);
    }

    private Dot dot(Series series, Point point, double x) {
        double y = y(chart.y().shown(point.y()));
        String interval = point.range()
                .map(range -> "M%s %sV%s"
                        .formatted(
                                text(x),
                                text(y(chart.y().shown(range.low()))),
                                text(y(chart.y().shown(range.high())))))
                .orElse("");
        return new Dot(text(x), text(y), series.look().marker(x, y), interval, chart.words(series, point));
    }

    private double x(double value) {
        double first = chart.ticks().get(0).x();
        double last = chart.ticks().get(chart.ticks().size() - 1).x();
        return LEFT + INSET + (RIGHT - LEFT - 2 * INSET) * (value - first) / (last - first);
    }

    private double y(double shown) {
        return BOTTOM - (BOTTOM - TOP) * shown / scale.largest();
    }

    private static String text(double coordinate) {
        return String.format(Locale.ROOT, "%.1f", coordinate);
    }
}
