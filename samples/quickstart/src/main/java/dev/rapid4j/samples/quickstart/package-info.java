/** The first thing to run: RAPID beside plain long-context decoding, on a model and a document that come along. */
package dev.rapid4j.samples.quickstart;
