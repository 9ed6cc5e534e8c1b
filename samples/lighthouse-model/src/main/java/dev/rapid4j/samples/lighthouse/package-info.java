/**
 * A small trained language model that quotes from registers of lighthouses, and the registers. Nothing here depends on
 * the library: the model is an ordinary checkpoint folder, a register is text.
 */
package dev.rapid4j.samples.lighthouse;
