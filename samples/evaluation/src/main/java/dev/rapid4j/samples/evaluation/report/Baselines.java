package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.samples.evaluation.runs.Method;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Finds the long-context run that another is compared with. */
record Baselines(List<MeasuredRun> longContextRuns) {

    static Baselines among(List<MeasuredRun> runs) {
        return new Baselines(runs.stream()
                .filter(run -> run.settings().method() == Method.LONG_CONTEXT)
                .toList());
    }

    /** Those of the same setup on the same machine, with questions in common, the one with the most first. */
    List<MeasuredRun> candidates(MeasuredRun run) {
        return longContextRuns.stream()
                .filter(other -> other.setup().equals(run.setup()))
                .filter(other -> other.run().machine().equals(run.run().machine()))
                .filter(other -> !other.inCommon(run).isEmpty())
                .sorted(Comparator.comparing(other -> -other.inCommon(run).size()))
                .toList();
    }

    Optional<MeasuredRun> of(MeasuredRun run) {
        return run.settings().method() == Method.LONG_CONTEXT
                ? Optional.of(run)
                : candidates(run).stream().findFirst();
    }

    Optional<SpeedUp> speedUp(MeasuredRun run) {
        return of(run).flatMap(baseline -> SpeedUp.of(run, baseline, run.inCommon(baseline)));
    }
}
