package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.samples.evaluation.report.Report.Section;
import dev.rapid4j.samples.evaluation.report.TimeSection.RunGroup;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The charts, by what they show; one of each for every setup. */
final class Sections {

    /** The runs of one setup. */
    private record Panel(String title, List<MeasuredRun> runs, MainRuns main, LengthCharts lengths) {}

    private final List<Panel> panels;
    private final Labels labels;
    private int plots;

    private Sections(List<Panel> panels, Labels labels) {
        this.panels = panels;
        this.labels = labels;
    }

    /** @param runs with answers */
    static Sections of(List<MeasuredRun> runs, Labels labels, Baselines baselines) {
        Map<Setup, List<MeasuredRun>> setups = runs.stream()
                .sorted(Comparator.comparing(run -> run.settings().benchmark()))
                .collect(Collectors.groupingBy(MeasuredRun::setup, LinkedHashMap::new, Collectors.toList()));
        List<Panel> panels = setups.values().stream()
                .map(group -> {
                    String title = title(group.get(0), setups.values());
                    MainRuns main = MainRuns.among(group, runs);
                    return new Panel(title, group, main, new LengthCharts(title, main.shown(), labels, baselines));
                })
                .toList();
        return new Sections(panels, labels);
    }

    /** Benchmark and target, and conditions where there are several setups of both. */
    private static String title(MeasuredRun run, Iterable<List<MeasuredRun>> setups) {
        List<Map<String, String>> alike = new ArrayList<>();
        for (List<MeasuredRun> setup : setups) {
            if (baseTitle(setup.get(0)).equals(baseTitle(run))) {
                alike.add(conditions(setup.get(0)));
            }
        }
        Map<String, String> distinctions = Labels.distinctions(conditions(run), alike);
        return distinctions.isEmpty() ? baseTitle(run) : baseTitle(run) + ", " + Labels.text(distinctions);
    }

    /** Targets in different folders may have the same last part. */
    private static Map<String, String> conditions(MeasuredRun run) {
        Map<String, String> conditions = new LinkedHashMap<>();
        conditions.put("target", Texts.shortened(run.settings().target()));
        conditions.putAll(Labels.conditions(run.settings()));
        return conditions;
    }

    private static String baseTitle(MeasuredRun run) {
        return Labels.benchmark(run.settings()) + ", "
                + Texts.lastPart(run.settings().target());
    }

    /** What the time went into, in runs of one setup on one machine. */
    TimeSection times() {
        List<RunGroup> groups = new ArrayList<>();
        for (Panel panel : panels) {
            Map<String, List<MeasuredRun>> machines = panel.main().shown().stream()
                    .collect(Collectors.groupingBy(Labels::machine, LinkedHashMap::new, Collectors.toList()));
            machines.forEach((machine, runs) -> groups.add(
                    new RunGroup(machines.size() == 1 ? panel.title() : panel.title() + ", " + machine, runs)));
        }
        List<String> leftOut = panels.stream()
                .filter(panel -> !panel.main().leftOut().isEmpty())
                .map(panel -> panel.main().leftOut().stream()
                        .map(MeasuredRun::name)
                        .collect(Collectors.joining(", ", "Not in the charts of " + panel.title() + ": ", ".")))
                .toList();
        return TimeSection.of(groups, leftOut, labels);
    }

    /** The charts, in sections by what changes along a line. */
    List<Section> charts() {
        String oneLength = "there are not two groups of lengths to compare";
        String noSpeedUp = "there are not two groups of lengths with a long-context run to compare with";
        return Stream.of(
                        section(
                                "Score by length of the prompt",
                                "Tokens of the whole prompt, in groups by powers of two. The bars are 95 % confidence intervals.",
                                panel -> panel.lengths().score(),
                                oneLength),
                        section(
                                "Speed-up of decoding by length of the prompt",
                                "Tokens a second of decoding over those of long context, on the same questions.",
                                panel -> panel.lengths().decodingSpeedUp(),
                                noSpeedUp),
                        section(
                                "Speed-up of the whole answer by length of the prompt",
                                "The same with retrieval and prefill. A second question on a text finds it in the KV cache, with"
                                        + " every method.",
                                panel -> panel.lengths().totalSpeedUp(),
                                noSpeedUp),
                        section(
                                "Accepted tokens by length of the prompt",
                                "The share of drafted tokens that the target accepted.",
                                panel -> panel.lengths().acceptance(),
                                "there are not two groups of lengths in which a method drafted"),
                        section(
                                "Score by margin",
                                "Runs that differ in their margin only: how far the target's distribution moves towards the drafter's (the paper's η).",
                                panel -> MarginSweep.chart(panel.title(), panel.runs(), labels),
                                "no two runs differ in their margin only"))
                .filter(section -> !panels.isEmpty())
                .toList();
    }

    private Section section(String title, String text, Function<Panel, Optional<Chart>> chart, String reasonWithout) {
        List<Plot> drawn = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (Panel panel : panels) {
            chart.apply(panel)
                    .ifPresentOrElse(
                            found -> drawn.add(new Plot("chart-" + ++plots, found)),
                            () -> missing.add("No chart of " + panel.title() + ": " + reasonWithout + "."));
        }
        return new Section(title, text, drawn, missing);
    }
}
