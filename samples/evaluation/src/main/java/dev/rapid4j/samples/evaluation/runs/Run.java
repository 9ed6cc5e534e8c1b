package dev.rapid4j.samples.evaluation.runs;

import java.util.ArrayList;
import java.util.List;

/**
 * What the file {@code run.json} of a run's folder says.
 *
 * @param questions how many there are, in all shards together
 */
public record Run(RunSettings settings, Shard shard, long questions, Machine machine) {

    /** The same with more or fewer questions. */
    Run withQuestions(long count) {
        return new Run(settings, shard, count, machine);
    }

    /**
     * What another run does otherwise, wherever it runs, and with however many of the questions: "margin is 10.0, not
     * 20.0"; empty if both can go together.
     */
    public List<String> differences(Run other) {
        List<String> differences = new ArrayList<>(settings.differences(other.settings));
        if (!shard.equals(other.shard)) {
            differences.add("shard is %s, not %s".formatted(shard, other.shard));
        }
        return differences;
    }
}
