package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.samples.evaluation.report.TimeSpent.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A bar for every run, as long as its questions took, with a segment for each part; with all places worked out. */
final class TimeBars {

    private static final int WIDTH = 400;
    private static final int HEIGHT = 18;

    /** Lines across a segment, so that parts can be told apart without their colours. */
    private static final String TEXTURE = "M%1$s 3H%2$sM%1$s 7H%2$sM%1$s 11H%2$sM%1$s 15H%2$s";

    /** A run, and what a question takes on average. */
    record Timed(String name, TimeSpent time) {}

    /** @param total in words */
    record Bar(String name, String total, String words, List<Segment> segments) {}

    /**
     * @param texture as a path
     * @param words what a pointer is shown
     */
    record Segment(String style, String x, String width, String texture, String words) {}

    /** A part in the legend. */
    record Swatch(String name, String style, String texture) {}

    private final String title;
    private final List<Timed> times;
    private final double longest;

    TimeBars(String title, List<Timed> times) {
        this.title = title;
        this.times = times;
        this.longest = times.stream()
                .mapToDouble(timed -> timed.time().total())
                .filter(total -> total > 0)
                .max()
                .orElse(1);
    }

    String title() {
        return title;
    }

    int width() {
        return WIDTH;
    }

    int height() {
        return HEIGHT;
    }

    List<Bar> bars() {
        return times.stream().map(timed -> bar(timed.name(), timed.time())).toList();
    }

    private Bar bar(String name, TimeSpent time) {
        List<Segment> segments = new ArrayList<>();
        double start = 0;
        for (Part part : Part.values()) {
            double end = start + WIDTH * time.seconds().get(part) / longest;
            if (time.seconds().get(part) > 0) {
                segments.add(new Segment(
                        part.style(),
                        text(start),
                        text(end - start),
                        TEXTURE.formatted(text(start), text(end)),
                        words(part, time)));
            }
            start = end;
        }
        return new Bar(
                name,
                Texts.seconds(time.total()) + " s",
                segments.stream().map(Segment::words).collect(Collectors.joining("; ")),
                segments);
    }

    private static String words(Part part, TimeSpent time) {
        return "%s %s s, %s %%"
                .formatted(part.title(), Texts.seconds(time.seconds().get(part)), Texts.percent(time.share(part)));
    }

    /** The colours of the parts that there are. */
    List<Swatch> legend() {
        return List.of(Part.values()).stream()
                .filter(part ->
                        times.stream().anyMatch(timed -> timed.time().seconds().get(part) > 0))
                .map(part -> new Swatch(part.title(), part.style(), TEXTURE.formatted("0", "32")))
                .toList();
    }

    private static String text(double coordinate) {
        return String.format(Locale.ROOT, "%.2f", coordinate);
    }
}
