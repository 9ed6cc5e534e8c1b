package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.samples.evaluation.data.FactsTask;
import dev.rapid4j.samples.evaluation.report.Table.Cell;
import dev.rapid4j.samples.evaluation.report.Table.Column;
import dev.rapid4j.samples.evaluation.report.Table.Group;
import dev.rapid4j.samples.evaluation.report.Table.Row;
import dev.rapid4j.samples.evaluation.runs.Effort;
import dev.rapid4j.samples.evaluation.runs.Method;
import dev.rapid4j.samples.evaluation.runs.RunFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Right answers to the questions on real documents, by setting. */
public final class DocumentsReport {

    private static final List<String> KINDS = Stream.concat(
                    Stream.of(FactsTask.Kind.values()).map(FactsTask.Kind::id), Stream.of(Outcome.CHOICE))
            .toList();

    /** The runs of one setting, together. */
    private record Setting(String name, Method method, long questions, Map<String, Outcome> byId) {

        static Setting read(String name, List<Path> folders) {
            List<MeasuredRun> runs = folders.stream()
                    .map(RunFolder::open)
                    .map(folder -> MeasuredRun.read(folder.path().toString(), folder))
                    .toList();
            Map<String, Outcome> byId = new LinkedHashMap<>();
            runs.forEach(run -> byId.putAll(run.byId()));
            return new Setting(
                    name,
                    runs.get(0).settings().method(),
                    runs.stream().mapToLong(run -> run.run().questions()).sum(),
                    byId);
        }

        Collection<Outcome> outcomes() {
            return byId.values();
        }

        List<Outcome> choices(boolean wanted) {
            return outcomes().stream()
                    .filter(outcome -> outcome.kind().equals(Outcome.CHOICE) == wanted)
                    .toList();
        }

        String progress() {
            return byId.size() < questions ? "%d of %d answered".formatted(byId.size(), questions) : "";
        }
    }

    private DocumentsReport() {}

    /**
     * The tables.
     *
     * @param runs by target and setting; the first with the method long context is what others are compared with
     * @throws dev.rapid4j.samples.evaluation.runs.RunException if a folder cannot be used
     */
    public static String markdown(Map<String, Map<String, List<Path>>> runs) {
        List<Group> answers = new ArrayList<>();
        List<Group> kinds = new ArrayList<>();
        runs.forEach((target, bySetting) -> {
            List<Setting> settings = bySetting.entrySet().stream()
                    .map(setting -> Setting.read(setting.getKey(), setting.getValue()))
                    .filter(setting -> !setting.byId().isEmpty())
                    .toList();
            Optional<Setting> plain = settings.stream()
                    .filter(setting -> setting.method() == Method.LONG_CONTEXT)
                    .findFirst();
            String name = Texts.lastPart(target);
            answers.add(new Group(
                    name,
                    settings.stream().map(setting -> answers(setting, plain)).toList()));
            kinds.add(new Group(
                    name, settings.stream().map(DocumentsReport::kinds).toList()));
        });
        return answers(answers).markdown() + "\n" + kinds(kinds).markdown();
    }

    private static Table answers(List<Group> groups) {
        return new Table(
                "Right answers on real documents",
                "In brackets: per cent, with Wilson's 95 % interval. A choice that is named by its letter alone counts."
                        + " Only there, only here: questions that only long context, or only this setting, has right, of"
                        + " those that both have answered; p: the chance of such a difference if neither is better"
                        + " (McNemar's exact test). Tokens a second of decoding. First token: median seconds from the"
                        + " question, for the later questions on a text. Drafts accepted: of the tokens that were"
                        + " proposed, in per cent. Facts found: of the questions whose facts the text has word for word,"
                        + " those of which the passages have them, too; what reads the passages alone can hardly be right"
                        + " more often. Memory: the most physical memory that the process took, all in all; known only"
                        + " for commands with one setting, on Linux.",
                "Setting",
                List.of(
                        new Column("", "Free answers"),
                        new Column("", "Choices"),
                        new Column("", "All"),
                        new Column("Against long context", "Only there"),
                        new Column("Against long context", "Only here"),
                        new Column("", "Tokens/s"),
                        new Column("", "First token, s"),
                        new Column("", "Drafts accepted, %"),
                        new Column("", "Facts found"),
                        new Column("", "Memory, GB")),
                groups);
    }

    private static Row answers(Setting setting, Optional<Setting> plain) {
        Effort effort = setting.outcomes().stream().map(Outcome::effort).reduce(Effort.NONE, Effort::plus);
        List<Cell> cells = new ArrayList<>();
        cells.add(right(setting.choices(false)));
        cells.add(right(setting.choices(true)));
        cells.add(right(setting.outcomes()));
        cells.addAll(plain.filter(other -> other != setting)
                .map(other -> compared(PairedComparison.of(other.byId(), setting.byId())))
                .orElse(List.of(Cell.EMPTY, Cell.EMPTY)));
        cells.add(Cell.of(Texts.number(effort.tokensPerSecond(), 1)));
        cells.add(Cell.of(RunsTable.firstToken(setting.outcomes(), outcome -> !outcome.firstOnDocument())));
        cells.add(Cell.of(Texts.number(100 * effort.acceptanceRate(), 1)));
        cells.add(factsFound(setting.outcomes()));
        cells.add(memory(setting.outcomes()));
        return new Row(setting.name(), setting.progress(), cells);
    }

    private static Cell factsFound(Collection<Outcome> outcomes) {
        List<Boolean> found = outcomes.stream()
                .flatMap(outcome -> outcome.factsInPassages().stream())
                .toList();
        return found.isEmpty()
                ? Cell.EMPTY
                : Cell.of(count(found.stream().filter(all -> all).count(), found.size()));
    }

    private static Cell memory(Collection<Outcome> outcomes) {
        OptionalLong most = outcomes.stream()
                .flatMap(outcome -> outcome.peakMemoryBytes().stream())
                .mapToLong(bytes -> bytes)
                .max();
        return most.isEmpty() ? Cell.EMPTY : Cell.of(Texts.number(most.getAsLong() / 1e9, 1));
    }

    private static List<Cell> compared(PairedComparison comparison) {
        return List.of(
                Cell.of(Texts.count(comparison.onlyFirst())),
                new Cell(Texts.count(comparison.onlySecond()), "p " + Texts.number(comparison.chance(), 2)));
    }

    private static Cell right(Collection<Outcome> outcomes) {
        if (outcomes.isEmpty()) {
            return Cell.EMPTY;
        }
        int right = (int) outcomes.stream().filter(Outcome::right).count();
        Estimate estimate = Estimate.wilson(right, outcomes.size());
        return new Cell(
                count(right, outcomes.size()),
                "%.0f, %.0f to %.0f".formatted(100 * estimate.mean(), 100 * estimate.low(), 100 * estimate.high()));
    }

    private static String count(long right, int questions) {
        return "%d of %d".formatted(right, questions);
    }

    private static Table kinds(List<Group> groups) {
        return new Table(
                "By what is asked for",
                "Not in the text: the text does not hold the answer, and right is to say so.",
                "Setting",
                Column.of(KINDS.stream().map(DocumentsReport::title).toArray(String[]::new)),
                groups);
    }

    /** Of a kind; others than the names that questions of one's own are given are what readers see. */
    private static String title(String kind) {
        return switch (kind) {
            case "quote" -> "quotation";
            case "section" -> "which section";
            case "unanswerable" -> "not in the text";
            default -> kind;
        };
    }

    private static Row kinds(Setting setting) {
        Map<String, List<Outcome>> byKind = setting.outcomes().stream().collect(Collectors.groupingBy(Outcome::kind));
        return new Row(
                setting.name(),
                "",
                KINDS.stream()
                        .map(kind -> byKind.getOrDefault(kind, List.of()))
                        .map(outcomes -> outcomes.isEmpty()
                                ? Cell.EMPTY
                                : Cell.of(count(
                                        outcomes.stream().filter(Outcome::right).count(), outcomes.size())))
                        .toList());
    }
}
