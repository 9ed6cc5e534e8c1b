package dev.rapid4j.internal.answer;

import java.util.List;
import java.util.Optional;

/**
 * What may stand around the text of an answer, and is no part of it.
 *
 * @param close ends the answer
 * @param withThinking whether only a model that is to think, or has thought, has been told of it: elsewhere it is what
 *     the question asks for
 */
record TextForm(String open, String close, boolean withThinking) {

    private static final List<TextForm> KNOWN = List.of(
            new TextForm("<|START_RESPONSE|>", "<|END_RESPONSE|>", false),
            new TextForm("<|START_TEXT|>", "<|END_TEXT|>", false));

    private static final TextForm GRANITE = new TextForm("<response>", "</response>", true);

    /** The form that a chat template shows; empty if texts are written as they are. */
    static Optional<TextForm> of(String template) {
        // others have such tags around results of tools
        if (template.contains(GRANITE.open + GRANITE.close)) {
            return Optional.of(GRANITE);
        }
        return KNOWN.stream()
                .filter(form -> template.contains(form.open) && template.contains(form.close))
                .findFirst();
    }
}
