package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.Method;
import dev.rapid4j.samples.evaluation.runs.Shard;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What a reader must know so as not to compare what does not compare. */
final class Notices {

    /** Questions of one file. */
    private record Data(Benchmark benchmark, String hash) {

        static Data of(MeasuredRun run) {
            return new Data(run.settings().benchmark(), run.settings().dataHash());
        }
    }

    /** With fewer, a score of 50 % has an interval of 15 points and more to either side. */
    private static final int FEW_QUESTIONS = 40;

    private final List<MeasuredRun> runs;
    private final Labels labels;
    private final Baselines baselines;
    private final List<String> notices = new ArrayList<>();

    private Notices(List<MeasuredRun> runs, Labels labels, Baselines baselines) {
        this.runs = runs;
        this.labels = labels;
        this.baselines = baselines;
    }

    /** @param runs with or without answers */
    static List<String> of(List<MeasuredRun> runs, Labels labels, Baselines baselines) {
        Notices notices = new Notices(runs, labels, baselines);
        notices.addUnfinishedRuns();
        notices.addRivals();
        notices.addMachines();
        notices.addMissingBaselines();
        notices.addSmallRuns();
        runs.forEach(notices::addOddities);
        return List.copyOf(notices.notices);
    }

    /** By its own number of questions, or by what other runs on its file have answered, if it was limited to fewer. */
    private void addUnfinishedRuns() {
        String incomplete = runs.stream()
                .filter(run -> run.isIncomplete() && run.questions() > 0)
                .map(run -> "%s (%s)".formatted(run.name(), run.progress()))
                .collect(Collectors.joining(", "));
        if (!incomplete.isEmpty()) {
            notices.add("Incomplete: %s. The command that started a run goes on with it.".formatted(incomplete));
        }
        Map<Data, Set<String>> known = new LinkedHashMap<>();
        runs.forEach(run -> known.computeIfAbsent(Data.of(run), data -> new HashSet<>())
                .addAll(run.byId().keySet()));
        for (MeasuredRun run : runs) {
            int all = known.get(Data.of(run)).size();
            if (!run.run().shard().equals(Shard.ALL)) {
                notices.add("%s is part %s of a run, with %s; put the parts together with the command merge."
                        .formatted(run.name(), run.run().shard(), Texts.questions(run.questions())));
            } else if (run.questions() == 0) {
                notices.add("%s has no answers yet, of %s, and is in no table or chart."
                        .formatted(run.name(), Texts.questions(run.run().questions())));
            } else if (!run.isIncomplete() && run.questions() < all) {
                notices.add("%s was limited: it has answered %s of the %s that runs on the same data have answered."
                        .formatted(run.name(), Texts.count(run.questions()), Texts.questions(all)));
            }
        }
    }

    /** Runs of one method that differ in more than what is usually varied. */
    private void addRivals() {
        Set<Set<MeasuredRun>> groups = new LinkedHashSet<>();
        runs.forEach(run -> groups.add(new LinkedHashSet<>(labels.peers(run))));
        for (Set<MeasuredRun> group : groups) {
            Set<String> differences = group.stream()
                    .flatMap(run -> labels.distinctions(run).keySet().stream())
                    .collect(Collectors.toCollection(LinkedHashSet::new));
            if (group.stream().map(run -> run.settings().margin()).distinct().count() == 1) {
                differences.remove(Labels.MARGIN);
            }
            if (group.size() > 1 && !differences.equals(Set.of(Labels.MARGIN))) {
                MeasuredRun any = group.iterator().next();
                String of = "%d runs are of %s on %s of %s"
                        .formatted(
                                group.size(),
                                Labels.method(any.settings()),
                                Labels.benchmark(any.settings()),
                                any.settings().target());
                notices.add("%s; they differ in %s, and are not mixed: each has rows of its own."
                        .formatted(
                                of,
                                differences.stream()
                                        .map(name -> name.equals("run") ? "nothing but their folder" : name)
                                        .collect(Collectors.joining(", "))));
            }
        }
    }

    private void addMachines() {
        List<String> machines = runs.stream().map(Labels::machine).distinct().toList();
        if (machines.size() > 1) {
            notices.add("The runs come from %d machines (%s). Only times of one machine are compared."
                    .formatted(machines.size(), String.join("; ", machines)));
        }
    }

    private void addMissingBaselines() {
        List<String> without = new ArrayList<>();
        for (MeasuredRun run : runs) {
            if (run.settings().method() == Method.LONG_CONTEXT || run.questions() == 0) {
                continue;
            }
            List<MeasuredRun> candidates = baselines.candidates(run);
            if (candidates.isEmpty()) {
                without.add(run.name());
            } else if (candidates.size() > 1) {
                notices.add("%s could be compared with several long-context runs; %s was taken, of %s."
                        .formatted(
                                run.name(),
                                candidates.get(0).name(),
                                candidates.stream().map(MeasuredRun::name).collect(Collectors.joining(", "))));
            }
        }
        if (!without.isEmpty()) {
            notices.add(("Without a speed-up: %s. No long-context run with the same target, data, prompts, sampling and"
                            + " limits on the same machine has a question in common with them.")
                    .formatted(String.join(", ", without)));
        }
    }

    private void addSmallRuns() {
        long small = runs.stream()
                .filter(run -> run.questions() > 0 && run.questions() < FEW_QUESTIONS)
                .count();
        if (small > 0) {
            notices.add(
                    ("Runs with fewer than %d answers: %d of %d. Their scores can be 15 points and more off by chance,"
                                    + " and their speed-ups, which have no interval, are those of a few texts.")
                            .formatted(FEW_QUESTIONS, small, runs.size()));
        }
    }

    private void addOddities(MeasuredRun run) {
        String all = Texts.questions(run.questions());
        long withoutChoice = run.count(outcome -> !outcome.chooses());
        if (2 * withoutChoice > run.questions()) {
            notices.add(("%s: %s of %s got %s. Its score tells how the model writes, not what it knows; see whether the"
                            + " templates suit it (--prompts).")
                    .formatted(
                            run.name(),
                            Texts.count(withoutChoice),
                            all,
                            run.settings().benchmark() == Benchmark.LONGBENCH_V2
                                    ? "a response that names no option"
                                    : "an empty response"));
        }
        long otherMode = run.count(outcome -> !outcome.asAsked());
        if (otherMode > 0) {
            notices.add(
                    ("%s: %s of %s answered by the target alone, because the drafter would have read all of the text.")
                            .formatted(run.name(), Texts.count(otherMode), all));
        }
        if (run.repetitions() > 0) {
            notices.add("%s answers questions a second time; %s do not count."
                    .formatted(run.name(), Texts.count(run.repetitions())));
        }
    }
}
