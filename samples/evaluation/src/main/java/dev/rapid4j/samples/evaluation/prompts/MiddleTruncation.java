package dev.rapid4j.samples.evaluation.prompts;

import dev.rapid4j.checkpoint.Tokenizer;
import java.util.Arrays;

/** Makes a prompt fit a token limit as the authors of both benchmarks do: its first and its last half stay. */
public final class MiddleTruncation {

    /** The last tokens of a cut piece may not be those the whole text has there. */
    private static final int UNCERTAIN_TOKENS = 64;

    private static final int CHARACTERS_PER_TOKEN = 6;

    private MiddleTruncation() {}

    /**
     * The prompt itself if it has no more tokens, or else the same with a shorter document. The limit is met up to the
     * few tokens by which a text may differ when its parts are joined and tokenized again. Work and memory grow with
     * the limit, not with the document.
     *
     * @param maxTokens of the text, without what a chat template adds
     * @throws IllegalArgumentException if the parts around the document do not fit into the halves
     */
    public static Prompt truncate(Prompt prompt, int maxTokens, Tokenizer tokenizer) {
        int first = maxTokens / 2 - tokenizer.count(prompt.before());
        int last = maxTokens - maxTokens / 2 - tokenizer.count(prompt.after());
        int[] start = start(prompt.document(), (long) first + last + UNCERTAIN_TOKENS, tokenizer);
        if (start.length <= first + last) {
            return prompt;
        }
        if (first < 0 || last < 0) {
            throw new IllegalArgumentException(
                    "A limit of %,d tokens is too low for what stands around the document: ".formatted(maxTokens)
                            + "%,d tokens before it and %,d behind it"
                                    .formatted(tokenizer.count(prompt.before()), tokenizer.count(prompt.after())));
        }
        int[] end = end(prompt.document(), (long) last + UNCERTAIN_TOKENS, tokenizer);
        int[] kept = Arrays.copyOf(start, first + last);
        System.arraycopy(end, end.length - last, kept, first, last);
        return new Prompt(prompt.before(), tokenizer.decode(kept, true), prompt.after());
    }

    /** The tokens a text starts with: more than these, or all it has. */
    private static int[] start(String text, long tokens, Tokenizer tokenizer) {
        for (long characters = Math.max(1, tokens) * CHARACTERS_PER_TOKEN; ; characters *= 2) {
            int end = (int) Math.min(characters, text.length());
            int[] ids = tokenizer.encode(text.substring(0, end));
            if (end == text.length() || ids.length > tokens) {
                return ids;
            }
        }
    }

    /** The tokens a text ends with: more than these, or all it has. */
    private static int[] end(String text, long tokens, Tokenizer tokenizer) {
        for (long characters = tokens * CHARACTERS_PER_TOKEN; ; characters *= 2) {
            int start = (int) Math.max(0, text.length() - characters);
            int[] ids = tokenizer.encode(text.substring(start));
            if (start == 0 || ids.length > tokens) {
                return ids;
            }
        }
    }
}
