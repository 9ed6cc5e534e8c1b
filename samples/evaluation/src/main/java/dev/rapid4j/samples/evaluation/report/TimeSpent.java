package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.samples.evaluation.runs.Effort;
import dev.rapid4j.samples.evaluation.runs.Pass;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What the time of answers was spent on.
 *
 * @param seconds of all parts, in their order
 */
record TimeSpent(Map<Part, Double> seconds) {

    /** What is measured one by one. */
    enum Part {
        RETRIEVAL("Retrieval"),
        PREFILL("Prefill"),
        DRAFTING("Drafting"),
        VERIFICATION("Verification"),
        PLAIN_DECODING("Plain decoding");

        private final String title;

        Part(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }

        /** The class in the style sheet. */
        String style() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    TimeSpent {
        seconds = Collections.unmodifiableMap(new EnumMap<>(seconds));
    }

    static TimeSpent on(List<Pass> passes) {
        Map<Part, Double> seconds = new EnumMap<>(Part.class);
        for (Part part : Part.values()) {
            seconds.put(
                    part,
                    passes.stream().mapToDouble(pass -> seconds(part, pass)).sum());
        }
        return new TimeSpent(seconds);
    }

    private static double seconds(Part part, Pass pass) {
        GenerationStatistics statistics = pass.statistics();
        boolean drafts = switch (pass.mode()) {
            case LONG_CONTEXT, PASSAGE_ATTENTION, RETRIEVAL_ONLY -> false;
            case RAPID, SPECULATIVE, NAIVE_SPECULATIVE, STREAMING_DRAFT -> true;
        };
        double drafting = Effort.seconds(statistics.drafting());
        double decoding = Effort.seconds(statistics.decoding());
        return switch (part) {
            case RETRIEVAL -> Effort.seconds(statistics.retrieval());
            case PREFILL -> Effort.seconds(statistics.prefill());
            case DRAFTING -> drafts ? drafting : 0;
            case VERIFICATION -> drafts ? decoding - drafting : 0;
            case PLAIN_DECODING -> drafts ? 0 : decoding;
        };
    }

    /** @param times one or more */
    static TimeSpent mean(Collection<TimeSpent> times) {
        Map<Part, Double> seconds = new EnumMap<>(Part.class);
        for (Part part : Part.values()) {
            seconds.put(
                    part,
                    times.stream()
                            .mapToDouble(time -> time.seconds().get(part))
                            .average()
                            .orElseThrow());
        }
        return new TimeSpent(seconds);
    }

    double total() {
        return seconds.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    /** The share that a part has in the whole, 0 to 1; NaN if the whole took no time. */
    double share(Part part) {
        return seconds.get(part) / total();
    }
}
