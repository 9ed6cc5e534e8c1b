package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.samples.evaluation.report.Table.Cell;
import dev.rapid4j.samples.evaluation.report.Table.Column;
import dev.rapid4j.samples.evaluation.report.Table.Row;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Lines over a common axis.
 *
 * @param title what is shown of which runs
 * @param x name of the horizontal axis
 * @param ticks of it, in order
 * @param y what the vertical axis measures
 * @param level a horizontal line to compare with
 */
record Chart(String title, String x, List<Tick> ticks, Measure y, List<Series> series, Optional<Level> level) {

    /** What can be measured. */
    enum Measure {
        SCORE("Score, %", 100, 100, 1, ""),
        DECODING_SPEED_UP("Speed-up of decoding", 1, Double.POSITIVE_INFINITY, 2, "×"),
        TOTAL_SPEED_UP("Speed-up of the whole answer", 1, Double.POSITIVE_INFINITY, 2, "×"),
        ACCEPTANCE("Accepted tokens, %", 100, 100, 1, "");

        private final String title;
        private final double scale;
        private final double largest;
        private final int decimals;
        private final String unit;

        Measure(String title, double scale, double largest, int decimals, String unit) {
            this.title = title;
            this.scale = scale;
            this.largest = largest;
            this.decimals = decimals;
            this.unit = unit;
        }

        String title() {
            return title;
        }

        /** The number that is shown for a value. */
        double shown(double value) {
            return Math.min(largest, scale * value);
        }

        String format(double value) {
            return Texts.number(scale * value, decimals) + unit;
        }
    }

    record Tick(double x, String label) {}

    record Series(String name, Look look, List<Point> points) {}

    /**
     * @param range the confidence interval, if there is one
     * @param questions it is measured on
     */
    record Point(double x, double y, Optional<Range> range, int questions) {

        static Point of(double x, Estimate estimate) {
            return new Point(
                    x, estimate.mean(), Optional.of(new Range(estimate.low(), estimate.high())), estimate.questions());
        }
    }

    record Range(double low, double high) {}

    record Level(String name, double y) {}

    /** On how many questions the points were measured: "n 4 to 12 a point". */
    String questions() {
        IntSummaryStatistics questions = series.stream()
                .flatMap(one -> one.points().stream())
                .mapToInt(Point::questions)
                .summaryStatistics();
        String least = Texts.count(questions.getMin());
        String most = Texts.count(questions.getMax());
        return "n %s a point".formatted(least.equals(most) ? least : least + " to " + most);
    }

    /** The figures drawn. */
    Table table() {
        List<Row> rows = ticks.stream()
                .map(tick -> new Row(
                        tick.label(),
                        "",
                        series.stream().map(one -> cell(one, tick.x())).toList()))
                .toList();
        return Table.of(
                y.title() + " over " + x + ", " + title,
                y.title()
                        + level.map(line -> "; " + line.name() + ": " + y.format(line.y()))
                                .orElse("")
                        + ". In brackets, or below: how certain it is, and on how many questions it was measured.",
                x,
                Column.of(series.stream().map(Series::name).toArray(String[]::new)),
                rows);
    }

    private Cell cell(Series one, double x) {
        return one.points().stream()
                .filter(point -> point.x() == x)
                .findFirst()
                .map(point -> new Cell(y.format(point.y()), detail(point)))
                .orElse(Cell.EMPTY);
    }

    private String detail(Point point) {
        return point.range()
                        .map(range -> y.format(range.low()) + " to " + y.format(range.high()) + "; ")
                        .orElse("")
                + "n " + Texts.count(point.questions());
    }

    String words(Series of, Point point) {
        return "%s, %s: %s (%s)".formatted(of.name(), label(point.x()), y.format(point.y()), detail(point));
    }

    private String label(double x) {
        return ticks.stream()
                .filter(tick -> tick.x() == x)
                .findFirst()
                .map(Tick::label)
                .orElse(Texts.plain(x));
    }

    /** Tells those who do not see the chart where its lines end; the rest is in the table. */
    String description() {
        return series.stream()
                .map(one -> words(one, one.points().get(0)) + "; "
                        + words(one, one.points().get(one.points().size() - 1)) + ".")
                .collect(Collectors.joining(" ", y.title() + " over " + x + ", first and last points. ", ""));
    }
}
