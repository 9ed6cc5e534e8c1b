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
 * @param opening the template's own text at the end, which may have opened thinking or have closed it; empty if the
 *     prompt ends with a text from which the answer goes on
 */
record PlacedPrompt(PlacedTokens tokens, Optional<List<Integer>> textStarts, String opening) {

    int[] ids() {
        return tokens.ids();
    }
}
