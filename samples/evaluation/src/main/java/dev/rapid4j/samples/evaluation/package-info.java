/** The evaluation as a program. */
package dev.rapid4j.samples.evaluation;
