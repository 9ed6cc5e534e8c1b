package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.samples.evaluation.runs.Effort;
import java.util.Collection;
import java.util.Optional;

/**
 * Tokens a second of a run over those of another, on the same questions.
 *
 * @param questions both have answered
 * @param decoding of decoding alone
 * @param total with retrieval and prefill
 */
record SpeedUp(int questions, double decoding, double total) {

    /**
     * @param ids questions both have answered
     * @return nothing if one of them has emitted nothing
     */
    static Optional<SpeedUp> of(MeasuredRun run, MeasuredRun baseline, Collection<String> ids) {
        Effort own = effort(run, ids);
        Effort other = effort(baseline, ids);
        return Optional.of(new SpeedUp(
                        ids.size(),
                        own.tokensPerSecond() / other.tokensPerSecond(),
                        own.totalTokensPerSecond() / other.totalTokensPerSecond()))
                .filter(speedUp -> own.emitted() > 0 && other.emitted() > 0)
                .filter(speedUp -> Double.isFinite(speedUp.decoding) && Double.isFinite(speedUp.total));
    }

    private static Effort effort(MeasuredRun run, Collection<String> ids) {
        return ids.stream().map(id -> run.byId().get(id).effort()).reduce(Effort.NONE, Effort::plus);
    }
}
