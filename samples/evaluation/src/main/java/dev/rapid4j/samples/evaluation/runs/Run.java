package dev.rapid4j.samples.evaluation.runs;

import java.util.ArrayList;
import java.util.List;

/** What the file {@code run.json} of a run's folder says. */
public record Run(RunSettings settings, Shard shard, Machine machine) {

    /** What another run does otherwise, wherever it runs: "margin is 10.0, not 20.0"; empty if both can go together. */
    public List<String> differences(Run other) {
        List<String> differences = new ArrayList<>(settings.differences(other.settings));
        if (!shard.equals(other.shard)) {
            differences.add("shard is %s, not %s".formatted(shard, other.shard));
        }
        return differences;
    }
}
