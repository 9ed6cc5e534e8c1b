package dev.rapid4j.internal.engine;

import dev.rapid4j.internal.tokenizer.PlacedTokens;
import java.util.List;
import java.util.Optional;

/**
 * A prompt as tokens.
 *
 * @param tokens with their places, if somebody asks for them
 * @param textStarts where in the prompt's text the first character of each long text stands, or would stand if white
 *     space around it were not trimmed; empty if nobody asks, or if the chat template has changed one of them
 */
record PlacedPrompt(PlacedTokens tokens, Optional<List<Integer>> textStarts) {

    /** A prompt in which nobody looks for texts. */
    PlacedPrompt(int[] ids) {
        this(new PlacedTokens(ids), Optional.empty());
    }

    int[] ids() {
        return tokens.ids();
    }
}
