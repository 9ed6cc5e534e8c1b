/** What runs the samples' programs from Maven. */
package dev.rapid4j.samples.launcher;
