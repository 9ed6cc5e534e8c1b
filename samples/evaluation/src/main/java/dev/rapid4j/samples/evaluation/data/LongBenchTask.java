package dev.rapid4j.samples.evaluation.data;

import java.util.List;

/**
 * A question of LongBench v2.
 *
 * @param options the four options, in the order of {@link Choice}
 */
public record LongBenchTask(
        String id,
        String domain,
        String subDomain,
        Difficulty difficulty,
        Length length,
        String question,
        List<String> options,
        Choice answer,
        String context)
        implements Task {

    /** How hard it was for people and models. */
    public enum Difficulty {
        EASY,
        HARD
    }

    /** Words of the context: up to 32,000, up to 128,000, or more. */
    public enum Length {
        SHORT,
        MEDIUM,
        LONG
    }

    public LongBenchTask {
        options = List.copyOf(options);
        if (options.size() != Choice.values().length) {
            throw new IllegalArgumentException("A multiple choice has four options, not " + options.size());
        }
    }

    @Override
    public LongBenchTask withContext(String context) {
        return new LongBenchTask(id, domain, subDomain, difficulty, length, question, options, answer, context);
    }
}
