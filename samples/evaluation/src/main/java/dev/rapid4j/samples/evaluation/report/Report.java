package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.samples.evaluation.runs.RunException;
import dev.rapid4j.samples.evaluation.runs.RunFolder;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs side by side. */
public final class Report {

    /** @param missing why there is no chart of some runs */
    record Section(String title, String text, List<Plot> plots, List<String> missing) {}

    record Settings(String name, List<Setting> settings) {}

    record Setting(String name, String value) {}

    /** That of the rows of tables: a method after the other. */
    private static final Comparator<RunSettings> SETTINGS_ORDER = Comparator.comparing(RunSettings::target)
            .thenComparing(RunSettings::method)
            .thenComparing(settings -> settings.drafter().orElse(""))
            .thenComparing(RunSettings::margin)
            .thenComparing(RunSettings::seed)
            .thenComparing(RunSettings::benchmark)
            .thenComparing(RunSettings::chainOfThought)
            .thenComparing(RunSettings::dataName);

    private static final Comparator<MeasuredRun> ORDER = Comparator.comparing(MeasuredRun::settings, SETTINGS_ORDER)
            .thenComparing(run -> run.run().shard().index())
            .thenComparing(MeasuredRun::name);

    private final List<String> notices;
    private final List<Table> tables;
    private final TimeSection times;
    private final List<Section> sections;
    private final List<Settings> runs;

    private Report(
            List<String> notices, List<Table> tables, TimeSection times, List<Section> sections, List<Settings> runs) {
        this.notices = notices;
        this.tables = tables;
        this.times = times;
        this.sections = sections;
        this.runs = runs;
    }

    /**
     * Reads the answers of runs, one at a time; of each only figures are kept. A folder that cannot be used is left
     * out, and a notice says so.
     *
     * @throws RunException if none can be used
     */
    public static Report of(Collection<Path> folders) {
        List<String> problems = new ArrayList<>();
        List<MeasuredRun> runs = new ArrayList<>();
        List<Path> distinct = folders.stream()
                .map(Path::toAbsolutePath)
                .map(Path::normalize)
                .distinct()
                .toList();
        for (Path folder : distinct) {
            try {
                runs.add(MeasuredRun.read(name(folder, distinct), RunFolder.open(folder)));
            } catch (RunException | UncheckedIOException e) {
                problems.add("Left out: " + e.getMessage());
            }
        }
        if (runs.isEmpty()) {
            throw new RunException("No run to report: give the folders that a benchmark's command has written with"
                    + " --out. " + String.join("; ", problems));
        }
        runs.sort(ORDER);
        return of(runs, problems);
    }

    /** The last names of its path, as many as no other has. */
    private static String name(Path folder, List<Path> folders) {
        int names = folder.getNameCount();
        for (int last = 1; last <= names; last++) {
            Path end = folder.subpath(names - last, names);
            if (folders.stream().filter(other -> other.endsWith(end)).count() == 1) {
                return end.toString();
            }
        }
        return folder.toString();
    }

    private static Report of(List<MeasuredRun> runs, List<String> problems) {
        Labels labels = new Labels(runs);
        Baselines baselines = Baselines.among(runs);
        List<MeasuredRun> answered =
                runs.stream().filter(run -> run.questions() > 0).toList();
        Sections sections = Sections.of(answered, labels, baselines);
        return new Report(
                Stream.concat(problems.stream(), Notices.of(runs, labels, baselines).stream())
                        .toList(),
                Stream.of(
                                PaperTable.of(answered, labels, baselines),
                                LongBenchTable.of(answered, labels),
                                RunsTable.of(answered, labels, baselines))
                        .filter(table -> !table.isEmpty())
                        .toList(),
                sections.times(),
                sections.charts(),
                runs.stream().map(Report::settings).toList());
    }

    private static Settings settings(MeasuredRun run) {
        Map<String, String> named = new LinkedHashMap<>();
        named.put("benchmark", Labels.benchmark(run.settings()));
        named.put("method", Labels.method(run.settings()));
        named.put("target", run.settings().target());
        run.settings().drafter().ifPresent(drafter -> named.put("drafter", drafter));
        run.settings().embeddingModel().ifPresent(model -> named.put("embedding model", model));
        Labels.settings(run).forEach(named::putIfAbsent);
        return new Settings(
                run.name(),
                named.entrySet().stream()
                        .map(setting -> new Setting(setting.getKey(), setting.getValue()))
                        .toList());
    }

    /** A page that needs nothing else. */
    public String html() {
        return Page.html(this);
    }

    /** The tables, and what to know. */
    public String markdown() {
        List<String> parts = new ArrayList<>(List.of("# Evaluation\n"));
        if (!notices.isEmpty()) {
            parts.add(notices.stream()
                    .map(notice -> "* " + Markdown.escaped(notice) + "\n")
                    .collect(Collectors.joining()));
        }
        Stream.concat(tables.stream(), Stream.of(times.table()))
                .filter(table -> !table.isEmpty())
                .forEach(table -> parts.add(table.markdown()));
        return String.join("\n", parts);
    }

    /** What to know before comparing. */
    List<String> notices() {
        return notices;
    }

    /** The paper's first. */
    List<Table> tables() {
        return tables;
    }

    TimeSection times() {
        return times;
    }

    /** The sections that hold charts. */
    List<Section> sections() {
        return sections;
    }

    /** All runs and their settings. */
    List<Settings> runs() {
        return runs;
    }
}
