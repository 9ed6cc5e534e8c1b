/** The evaluation as a Spark job. */
package dev.rapid4j.samples.evaluation.spark;
