/**
 * Texts of any length and their tokens, as {@code tokenizer.json} describes them; text never becomes a control token.
 */
package dev.rapid4j.internal.tokenizer;
