/** How fast the engine is, against what the machine could do. */
package dev.rapid4j.samples.benchmarks;
