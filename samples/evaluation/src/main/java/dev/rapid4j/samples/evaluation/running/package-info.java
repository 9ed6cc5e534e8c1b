/** Answers tasks with an engine. */
package dev.rapid4j.samples.evaluation.running;
