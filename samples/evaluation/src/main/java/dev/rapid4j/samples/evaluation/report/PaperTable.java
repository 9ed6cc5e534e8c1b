package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.samples.evaluation.report.Table.Cell;
import dev.rapid4j.samples.evaluation.report.Table.Column;
import dev.rapid4j.samples.evaluation.report.Table.Group;
import dev.rapid4j.samples.evaluation.report.Table.Row;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The layout of the paper's Table 1: by target, a method a row, scores of both benchmarks, and times. */
final class PaperTable {

    private static final String INFINITE_BENCH = "InfiniteBench";
    private static final String LONG_BENCH = "LongBench v2";

    /** The columns that runs fill, in the paper's order. */
    private enum Slot {
        EN_QA(Benchmark.EN_QA, false, new Column(INFINITE_BENCH, "En.QA")),
        EN_MC(Benchmark.EN_MC, false, new Column(INFINITE_BENCH, "En.MC")),
        EN_SUM(Benchmark.EN_SUM, false, new Column(INFINITE_BENCH, "En.Sum")),
        OVERALL(Benchmark.LONGBENCH_V2, false, new Column(LONG_BENCH, "Overall")),
        CHAIN_OF_THOUGHT(Benchmark.LONGBENCH_V2, true, new Column(LONG_BENCH, "Overall, CoT"));

        /** The paper takes times from LongBench v2 with chain of thought: long answers. */
        static final List<Slot> FOR_TIMES = List.of(CHAIN_OF_THOUGHT, EN_SUM, OVERALL, EN_QA, EN_MC);

        final Benchmark benchmark;
        final boolean chainOfThought;
        final Column column;

        Slot(Benchmark benchmark, boolean chainOfThought, Column column) {
            this.benchmark = benchmark;
            this.chainOfThought = chainOfThought;
            this.column = column;
        }

        static Slot of(RunSettings settings) {
            return Stream.of(values())
                    .filter(slot -> slot.benchmark == settings.benchmark()
                            && (slot.chainOfThought == settings.chainOfThought()
                                    || slot.benchmark != Benchmark.LONGBENCH_V2))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** What the runs of a row have in common. */
    private record RowKey(String method, Map<String, String> decoding) {

        static RowKey of(MeasuredRun run) {
            return new RowKey(Labels.method(run.settings()), Labels.decoding(run.settings()));
        }
    }

    private final Labels labels;
    private final Baselines baselines;

    private PaperTable(Labels labels, Baselines baselines) {
        this.labels = labels;
        this.baselines = baselines;
    }

    /** @param runs with answers, in the order of the rows */
    static Table of(List<MeasuredRun> runs, Labels labels, Baselines baselines) {
        PaperTable table = new PaperTable(labels, baselines);
        Map<String, List<MeasuredRun>> byTarget = runs.stream()
                .filter(run -> Benchmark.OF_THE_PAPER.contains(run.settings().benchmark()))
                .collect(
                        Collectors.groupingBy(run -> run.settings().target(), LinkedHashMap::new, Collectors.toList()));
        return new Table(
                "Scores and speed",
                "Scores in per cent, with 95 % confidence intervals (Agresti and Coull's, as if questions had nothing to do"
                        + " with each other): of En.QA F1, of En.Sum ROUGE-L-Sum, of the others right answers. Average: of the three, where all are there. Prefill: seconds a"
                        + " question, on average of the run's own n. Speed-up: tokens a second over those of long context, on the n questions"
                        + " both have answered; of decoding alone, and with retrieval and prefill.",
                "Method",
                columns(),
                byTarget.entrySet().stream()
                        .map(target -> table.group(target.getKey(), target.getValue()))
                        .toList());
    }

    private static List<Column> columns() {
        List<Column> columns = new ArrayList<>();
        for (Slot slot : Slot.values()) {
            columns.add(slot.column);
            if (slot == Slot.EN_SUM) {
                columns.add(new Column(INFINITE_BENCH, "Average"));
            }
        }
        columns.add(new Column("Times", "Prefill, s"));
        columns.add(new Column("Times", "Speed-up, decoding"));
        columns.add(new Column("Times", "Speed-up, all"));
        return columns;
    }

    private Group group(String target, List<MeasuredRun> runs) {
        List<Map<Slot, MeasuredRun>> rows = rows(runs);
        Slot timed = Slot.FOR_TIMES.stream()
                .max(Comparator.comparingLong((Slot slot) -> rows.stream()
                                .filter(row -> row.containsKey(slot))
                                .count())
                        .thenComparing(slot -> -Slot.FOR_TIMES.indexOf(slot)))
                .orElseThrow();
        return new Group(
                "%s (times of %s)".formatted(labels.target(target), timed.column.group() + " " + timed.column.name()),
                rows.stream().map(row -> row(row, timed)).toList());
    }

    /** Runs of one method and equal settings share a row; a second one on the same benchmark gets another. */
    private static List<Map<Slot, MeasuredRun>> rows(List<MeasuredRun> runs) {
        Map<RowKey, List<Map<Slot, MeasuredRun>>> rows = new LinkedHashMap<>();
        for (MeasuredRun run : runs) {
            List<Map<Slot, MeasuredRun>> alike = rows.computeIfAbsent(RowKey.of(run), key -> new ArrayList<>());
            Slot slot = Slot.of(run.settings());
            Optional<Map<Slot, MeasuredRun>> free =
                    alike.stream().filter(row -> !row.containsKey(slot)).findFirst();
            free.orElseGet(() -> {
                        Map<Slot, MeasuredRun> row = new EnumMap<>(Slot.class);
                        alike.add(row);
                        return row;
                    })
                    .put(slot, run);
        }
        return rows.values().stream().flatMap(List::stream).toList();
    }

    private Row row(Map<Slot, MeasuredRun> row, Slot timed) {
        List<Cell> cells = new ArrayList<>();
        for (Slot slot : Slot.values()) {
            cells.add(cell(row, slot));
            if (slot == Slot.EN_SUM) {
                cells.add(average(row));
            }
        }
        Optional<MeasuredRun> run = Optional.ofNullable(row.get(timed));
        Optional<SpeedUp> speedUp = run.flatMap(baselines::speedUp);
        cells.add(run.map(measured -> new Cell(
                        Texts.seconds(measured.effort().prefill() / measured.questions()), n(measured.questions())))
                .orElse(Cell.EMPTY));
        cells.add(ratio(speedUp, SpeedUp::decoding));
        cells.add(ratio(speedUp, SpeedUp::total));

        Map<String, String> distinctions = new LinkedHashMap<>();
        row.values().forEach(measured -> distinctions.putAll(labels.distinctions(measured)));
        MeasuredRun any = row.values().iterator().next();
        return new Row(Labels.method(any.settings()), Labels.text(distinctions), cells);
    }

    private static Cell cell(Map<Slot, MeasuredRun> row, Slot slot) {
        return Optional.ofNullable(row.get(slot))
                .map(run -> new Cell(
                        Texts.percent(run.score().mean()),
                        Texts.interval(run.score()) + (run.isIncomplete() ? "; " + run.progress() : "")))
                .orElse(Cell.EMPTY);
    }

    private static Cell average(Map<Slot, MeasuredRun> row) {
        List<MeasuredRun> runs = Stream.of(Slot.EN_QA, Slot.EN_MC, Slot.EN_SUM)
                .filter(row::containsKey)
                .map(row::get)
                .toList();
        return runs.size() < 3
                ? Cell.EMPTY
                : Cell.of(Texts.percent(runs.stream()
                        .mapToDouble(run -> run.score().mean())
                        .average()
                        .orElseThrow()));
    }

    private static Cell ratio(Optional<SpeedUp> speedUp, ToDoubleFunction<SpeedUp> figure) {
        return speedUp.map(found -> new Cell(Texts.ratio(figure.applyAsDouble(found)), n(found.questions())))
                .orElse(Cell.EMPTY);
    }

    private static String n(long questions) {
        return "n " + Texts.count(questions);
    }
}
