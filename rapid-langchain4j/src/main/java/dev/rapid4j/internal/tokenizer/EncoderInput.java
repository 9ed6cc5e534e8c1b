package dev.rapid4j.internal.tokenizer;

/**
 * What an encoder reads for a text.
 *
 * @param ids the text's tokens with the start and end token around them
 * @param truncated whether the text had more tokens
 */
public record EncoderInput(int[] ids, boolean truncated) {}
