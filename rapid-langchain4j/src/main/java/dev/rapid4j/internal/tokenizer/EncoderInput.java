package dev.rapid4j.internal.tokenizer;

/**
 * What an encoder reads for a text, or for a pair of texts.
 *
 * @param ids the tokens with the control tokens around and between them
 * @param second the place from which on tokens are of the second segment type; behind the last where all are of the
 *     first
 * @param truncated whether there were more tokens
 */
public record EncoderInput(int[] ids, int second, boolean truncated) {}
