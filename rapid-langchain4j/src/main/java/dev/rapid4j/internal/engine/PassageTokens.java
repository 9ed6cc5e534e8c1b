package dev.rapid4j.internal.engine;

import dev.rapid4j.Passage;
import dev.rapid4j.internal.prompt.ConversationPrompt;
import dev.rapid4j.internal.text.Excerpt;
import dev.rapid4j.internal.tokenizer.PlacedTokens;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

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
            OptionalInt place = place(
                    passage,
                    conversation.longTexts().get(passage.source()),
                    conversation.targetTexts().get(passage.source()));
            if (place.isPresent()) {
                int start = textStarts.get(passage.source()) + place.getAsInt();
                leftOut.clear(start, start + passage.end() - passage.start());
                found = true;
            }
        }
        return found ? Optional.of(without(leftOut, prompt.tokens())) : Optional.empty();
    }

    /** Where a passage stands in a text of whose middle something may have been left out. */
    private static OptionalInt place(Passage passage, Excerpt text, Excerpt shortened) {
        if (passage.end() <= commonPrefix(text, shortened)) {
            return OptionalInt.of(passage.start());
        }
        int lessText = text.length() - shortened.length();
        boolean inEnding =
                passage.start() >= lessText && shortened.startsWith(passage.text(), passage.start() - lessText);
        return inEnding ? OptionalInt.of(passage.start() - lessText) : OptionalInt.empty();
    }

    private static int commonPrefix(CharSequence text, CharSequence other) {
        int length = Math.min(text.length(), other.length());
        int common = 0;
        while (common < length && text.charAt(common) == other.charAt(common)) {
            common++;
        }
        return common;
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
