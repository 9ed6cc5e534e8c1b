package dev.rapid4j.internal.engine;

import dev.rapid4j.Passage;
import dev.rapid4j.internal.prompt.ConversationPrompt;
import dev.rapid4j.internal.text.Excerpt;
import dev.rapid4j.internal.tokenizer.PlacedTokens;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** Finds passages among the tokens of the target's prompt. */
final class PassageTokens {

    private PassageTokens() {}

    /**
     * The tokens that belong to passages, or stand outside the long texts. One that reaches over the border of a
     * passage belongs to it.
     *
     * @return empty if there are no passages, or none that the prompt holds
     */
    static Optional<BitSet> of(ConversationPrompt conversation, PlacedPrompt prompt) {
        if (conversation.retrieval().isEmpty() || prompt.textStarts().isEmpty()) {
            return Optional.empty();
        }
        List<Integer> textStarts = prompt.textStarts().get();
        BitSet leftOut = new BitSet();
        for (int i = 0; i < textStarts.size(); i++) {
            Excerpt text = conversation.targetTexts().get(i);
            Excerpt stripped = text.stripped();
            int start = textStarts.get(i) + stripped.start() - text.start();
            leftOut.set(start, start + stripped.length());
        }
        boolean found = false;
        for (Passage passage : conversation.retrieval().get().passages()) {
            int less = conversation.longTexts().get(passage.source()).length()
                    - conversation.targetTexts().get(passage.source()).length();
            OptionalInt place = place(passage, conversation.targetTexts().get(passage.source()), less);
            if (place.isPresent()) {
                int start = textStarts.get(passage.source()) + place.getAsInt();
                // white space before a text may have been trimmed
                leftOut.clear(Math.max(0, start), start + passage.text().length());
                found = true;
            }
        }
        return found ? Optional.of(without(leftOut, prompt.tokens())) : Optional.empty();
    }

    /**
     * Where a passage stands in a text of whose middle something may have been left out: in its beginning, or its end.
     *
     * @param less so many characters were left out
     */
    private static OptionalInt place(Passage passage, Excerpt text, int less) {
        return IntStream.of(passage.start(), passage.start() - less)
                .filter(start -> text.startsWith(passage.text(), start))
                .findFirst();
    }

    /** The tokens that stand for other characters than these, or for none behind one that stays. */
    private static BitSet without(BitSet characters, PlacedTokens tokens) {
        BitSet rest = new BitSet(tokens.ids().length);
        boolean stays = true;
        for (int token = 0; token < tokens.ids().length; token++) {
            int start = tokens.starts()[token];
            int end = tokens.ends()[token];
            if (start >= 0 && start < end) {
                stays = characters.nextClearBit(start) < end;
            }
            rest.set(token, stays);
        }
        return rest;
    }
}
