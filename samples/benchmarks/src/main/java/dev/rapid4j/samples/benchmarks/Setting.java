package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.Mode;

/**
 * One of those that are compared.
 *
 * @param draftTokens γ of the paper
 * @param margin η of the paper
 */
record Setting(Mode mode, int draftTokens, double margin) {}
