package dev.rapid4j.samples.evaluation.runs;

/** What the file {@code run.json} of a run's folder says. */
public record Run(RunSettings settings, Shard shard, Machine machine) {}
