/** Tasks the bundled model can be asked, in the formats of the benchmarks. */
package dev.rapid4j.samples.evaluation.registers;
