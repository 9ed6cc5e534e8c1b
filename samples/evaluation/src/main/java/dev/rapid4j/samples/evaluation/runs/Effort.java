package dev.rapid4j.samples.evaluation.runs;

import dev.rapid4j.GenerationStatistics;
import java.time.Duration;

/**
 * Tokens of answers, and the seconds they took.
 *
 * @param drafting of the decoding, the drafter's part
 */
public record Effort(
        long emitted, long drafted, long accepted, double retrieval, double prefill, double decoding, double drafting) {

    public static final Effort NONE = new Effort(0, 0, 0, 0, 0, 0, 0);

    static Effort of(GenerationStatistics statistics) {
        return new Effort(
                statistics.emittedTokens(),
                statistics.draftedTokens(),
                statistics.acceptedTokens(),
                seconds(statistics.retrieval()),
                seconds(statistics.prefill()),
                seconds(statistics.decoding()),
                seconds(statistics.drafting()));
    }

    public static double seconds(Duration duration) {
        return duration.getSeconds() + duration.getNano() / 1e9;
    }

    public Effort plus(Effort other) {
        return new Effort(
                emitted + other.emitted,
                drafted + other.drafted,
                accepted + other.accepted,
                retrieval + other.retrieval,
                prefill + other.prefill,
                decoding + other.decoding,
                drafting + other.drafting);
    }

    /** Seconds from the question to the end of the answer. */
    public double total() {
        return retrieval + prefill + decoding;
    }

    /** Tokens a second of decoding; NaN if decoding took no time. */
    public double tokensPerSecond() {
        return emitted / decoding;
    }

    /** Retrieval and prefill included. */
    public double totalTokensPerSecond() {
        return emitted / total();
    }

    /** 0 to 1; NaN if nothing was drafted. */
    public double acceptanceRate() {
        return (double) accepted / drafted;
    }
}
