package dev.rapid4j.internal.decoding;

import java.util.BitSet;
import java.util.Optional;

/**
 * What the models read; the same tokens where both read the same, or only the target reads.
 *
 * @param target the prompt of the target; at least one token
 * @param drafter the prompt of a drafter that reads passages; at least one token
 * @param passageRows which tokens of the target's prompt belong to passages or stand outside its long texts; empty if
 *     nobody asks, if there are no passages in it, or if they were not found there
 */
public record PromptTokens(int[] target, int[] drafter, Optional<BitSet> passageRows) {

    /** @throws IllegalArgumentException if a prompt is empty, or has no such tokens */
    public PromptTokens {
        if (target.length == 0 || drafter.length == 0) {
            throw new IllegalArgumentException("A prompt needs at least one token");
        }
        if (passageRows.filter(rows -> rows.length() > target.length).isPresent()) {
            throw new IllegalArgumentException("The rows reach beyond the prompt");
        }
    }

    /** Nobody asks for rows. */
    public PromptTokens(int[] target, int[] drafter) {
        this(target, drafter, Optional.empty());
    }
}
