package dev.rapid4j.prompt;

import java.util.List;

/**
 * Which parts of a conversation are long text, and what is asked about them.
 *
 * @param texts the long texts in the order of the conversation, without overlaps; empty if there are none
 * @param question what to look for in them
 */
public record LongTextChoice(List<LongText> texts, String question) {

    public LongTextChoice {
        texts = List.copyOf(texts);
    }
}
