/**
 * A small trained language model that quotes from registers of lighthouses, a small embedding model that finds passages
 * in them, and the registers. Nothing here depends on the library: the models are ordinary checkpoint folders, a
 * register is text.
 */
package dev.rapid4j.samples.lighthouse;
