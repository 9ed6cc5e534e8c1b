package dev.rapid4j.internal.answer;

import java.util.List;
import java.util.Optional;

/**
 * What the answers of a model look like, as its chat template shows it.
 *
 * @param tools how it calls tools; none: that is not known
 * @param thinking what stands around thinking; empty if it is not known to think, or thinks in a channel
 * @param text what may stand around its text
 * @param channels how an answer is divided into messages; empty if it is one
 */
record AnswerForm(
        List<ToolForm> tools, Optional<ThinkingForm> thinking, Optional<TextForm> text, Optional<Channels> channels) {

    /** Text, and nothing else. */
    static final AnswerForm PLAIN = new AnswerForm(List.of(), Optional.empty(), Optional.empty(), Optional.empty());

    AnswerForm {
        tools = List.copyOf(tools);
    }

    /**
     * @param template the chat template's text
     * @param toolTemplate the text of the one for conversations with tools, which may be the same
     * @param toldByTemplate whether it tells the model of tools; if not, the system message does, in Hermes' form
     */
    static AnswerForm of(String template, String toolTemplate, boolean toldByTemplate, AnswerVocabulary vocabulary) {
        Optional<Channels> channels = Channels.of(template, vocabulary);
        if (channels.isPresent()) {
            List<ToolForm> tools = toldByTemplate ? List.of(ToolForm.CHANNELS) : List.of();
            return new AnswerForm(tools, Optional.empty(), Optional.empty(), channels);
        }
        return new AnswerForm(
                toldByTemplate ? ToolForm.of(toolTemplate) : ToolForm.HERMES_OR_UNTAGGED,
                ThinkingForm.of(template),
                TextForm.of(template),
                channels);
    }
}
