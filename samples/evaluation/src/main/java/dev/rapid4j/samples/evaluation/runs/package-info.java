/** The files of a run: what was asked with which settings, and every answer with what it took. */
package dev.rapid4j.samples.evaluation.runs;
