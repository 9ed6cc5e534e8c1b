/** Runs as tables and charts: a page and a Markdown file. */
package dev.rapid4j.samples.evaluation.report;
