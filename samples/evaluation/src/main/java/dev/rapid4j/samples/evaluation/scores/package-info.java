/** What answers are worth, by the rules of the benchmarks' authors. */
package dev.rapid4j.samples.evaluation.scores;
