/**
 * A Hugging Face checkpoint: what network {@code config.json} describes, which weights it needs, and the folder with
 * its weight files and tokenizer.
 */
package dev.rapid4j.internal.checkpoint;
