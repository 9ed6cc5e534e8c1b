package dev.rapid4j.samples.evaluation.runs;

/**
 * Where a run was started. Times of different machines do not compare.
 *
 * @param processor its name, as far as the system tells it
 * @param threads those of an operator of the engine
 * @param java the JVM's version
 */
public record Machine(String processor, int cores, int threads, String java) {}
