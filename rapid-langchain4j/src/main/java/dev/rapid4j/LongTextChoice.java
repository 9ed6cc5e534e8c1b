package dev.rapid4j;

import java.util.List;

/**
 * Which parts of a conversation are long text, and what is asked about them.
 *
 * @param texts the long texts in the order of the conversation, without overlaps; empty if there are none
 * @param question what to look for in them
 * @param passages passages that are known already, in text order; a long text that has some is not searched for others.
 *     Their source is an index in {@code texts}
 */
public record LongTextChoice(List<LongText> texts, String question, List<Passage> passages) {

    public LongTextChoice {
        texts = List.copyOf(texts);
        passages = List.copyOf(passages);
    }

    /** Passages are to be found in all of the texts. */
    public LongTextChoice(List<LongText> texts, String question) {
        this(texts, question, List.of());
    }
}
