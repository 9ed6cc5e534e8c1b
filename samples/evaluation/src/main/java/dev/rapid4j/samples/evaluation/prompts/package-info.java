/** What a model is given to read for a task. */
package dev.rapid4j.samples.evaluation.prompts;
