package dev.rapid4j.internal.decoding;

/**
 * What the models read; the same tokens where both read the same.
 *
 * @param target the prompt of the target; at least one token
 * @param drafter the prompt of a drafter that reads passages; at least one token
 */
public record PromptTokens(int[] target, int[] drafter) {

    /** @throws IllegalArgumentException if a prompt is empty */
    public PromptTokens {
        if (target.length == 0 || drafter.length == 0) {
            throw new IllegalArgumentException("A prompt needs at least one token");
        }
    }
}
