package dev.rapid4j.samples.evaluation.scores;

import dev.rapid4j.samples.evaluation.data.LongBenchTask.Difficulty;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Length;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The table of LongBench v2. Groups without a question have no entry.
 *
 * @param domains by name
 */
public record LongBenchScores(
        Accuracy overall,
        Map<Difficulty, Accuracy> difficulties,
        Map<Length, Accuracy> lengths,
        Map<String, Accuracy> domains) {

    public static LongBenchScores of(Collection<LongBenchAnswer> answers) {
        return new LongBenchScores(
                answers.stream().map(LongBenchAnswer::accuracy).reduce(Accuracy.NONE, Accuracy::plus),
                by(LongBenchAnswer::difficulty, answers),
                by(LongBenchAnswer::length, answers),
                by(LongBenchAnswer::domain, answers));
    }

    private static <K> Map<K, Accuracy> by(Function<LongBenchAnswer, K> group, Collection<LongBenchAnswer> answers) {
        return answers.stream()
                .collect(Collectors.toMap(group, LongBenchAnswer::accuracy, Accuracy::plus, TreeMap::new));
    }
}
