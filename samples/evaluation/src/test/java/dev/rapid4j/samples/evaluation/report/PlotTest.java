package dev.rapid4j.samples.evaluation.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.samples.evaluation.report.Chart.Measure;
import dev.rapid4j.samples.evaluation.report.Chart.Tick;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlotTest {

    @Test
    void labelsOfEqualDistancesAreLeftOutAtEqualDistances() {
        List<Tick> lengths = IntStream.rangeClosed(0, 8)
                .mapToObj(length -> new Tick(length, LengthCharts.label(length)))
                .toList();

        assertThat(labels(lengths)).containsExactly("to 1K", "2–4K", "8–16K", "32–64K", "128–256K");
        assertThat(labels(lengths.subList(0, 4))).hasSize(4);
    }

    @Test
    void labelsThatWouldMeetTheOneBeforeAreLeftOut() {
        List<Tick> margins = DoubleStream.of(0, 1, 2, 5, 10, 50)
                .mapToObj(margin -> new Tick(margin, Texts.plain(margin)))
                .toList();

        assertThat(labels(margins)).containsExactly("0", "5", "10", "50");
    }

    private static List<String> labels(List<Tick> ticks) {
        Chart chart = new Chart("title", "x", ticks, Measure.SCORE, List.of(), Optional.empty());
        return new Plot("id", chart)
                .horizontalMarks().stream().map(Plot.Mark::label).toList();
    }
}
