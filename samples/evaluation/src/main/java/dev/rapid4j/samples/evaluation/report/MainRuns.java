package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.samples.evaluation.runs.Method;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The runs of one setup that its charts show, and those for which they have no room.
 *
 * @param shown at most {@link Look#VARIANTS} of a method; of those that differ in their margin only, one; incomplete
 *     ones only where none of their method and drafter is complete
 * @param leftOut further runs that differ in something else
 */
record MainRuns(List<MeasuredRun> shown, List<MeasuredRun> leftOut) {

    /** What {@link #among} does, for readers. */
    static final String RULE =
            ("Charts show at most %d runs of a method, and of runs that differ in their margin only one: that"
                            + " whose margin was run on the most benchmarks, of several the one with the most answers, and then the"
                            + " one nearest to the paper's %s. An incomplete run is shown where no other of its method is"
                            + " complete.")
                    .formatted(Look.VARIANTS, Texts.plain(MarginSweep.PAPERS_MARGIN));

    /**
     * @param setup runs of one setup
     * @param all runs of the report, which tell what a margin is used for
     */
    static MainRuns among(List<MeasuredRun> setup, List<MeasuredRun> all) {
        Comparator<MeasuredRun> mainFirst = Comparator.comparing((MeasuredRun run) -> -benchmarks(run, all))
                .thenComparing(run -> -answers(run, all))
                .thenComparing(run -> Math.abs(run.settings().margin() - MarginSweep.PAPERS_MARGIN));
        List<MeasuredRun> ofSweeps = MarginSweep.among(setup).stream()
                .map(sweep -> sweep.runs().stream().min(mainFirst).orElseThrow())
                .toList();

        List<MeasuredRun> shown = new ArrayList<>();
        List<MeasuredRun> leftOut = new ArrayList<>();
        Map<Method, Integer> counts = new EnumMap<>(Method.class);
        for (MeasuredRun run : setup) {
            Method method = run.settings().method();
            if (method == Method.RAPID && !ofSweeps.contains(run)) {
                continue;
            }
            boolean fits = !(run.isIncomplete() && hasCompletePeer(run, setup))
                    && counts.merge(method, 1, Integer::sum) <= Look.VARIANTS;
            (fits ? shown : leftOut).add(run);
        }
        return new MainRuns(shown, leftOut);
    }

    private static boolean hasCompletePeer(MeasuredRun run, List<MeasuredRun> setup) {
        return setup.stream()
                .anyMatch(other -> !other.isIncomplete()
                        && other.settings().method() == run.settings().method()
                        && other.settings().drafter().equals(run.settings().drafter()));
    }

    private static long benchmarks(MeasuredRun run, List<MeasuredRun> all) {
        return all.stream()
                .filter(run::decodesAlike)
                .map(other -> Labels.benchmark(other.settings()))
                .distinct()
                .count();
    }

    private static long answers(MeasuredRun run, List<MeasuredRun> all) {
        return all.stream()
                .filter(run::decodesAlike)
                .mapToLong(MeasuredRun::questions)
                .sum();
    }
}
