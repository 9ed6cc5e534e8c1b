package dev.rapid4j.internal.prompt;

import dev.rapid4j.chattemplate.ChatTemplate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What a chat template has a place for. Which variables it takes is told by the names that it mentions; which messages
 * it writes, by what it makes of short conversations.
 *
 * @param tools the variable that tools are given in; empty if it has none
 * @param needsTools whether it fails where no tools are given
 * @param thinkingSwitch the variable that says whether to think; empty if it has none
 * @param calls how it wants to be given calls of tools; empty if it writes none
 * @param severalCalls whether one message may hold several
 * @param textWithCalls what becomes of the text of a message that holds calls
 * @param thinkingBesideText whether a message that holds calls may have thinking and a text
 * @param results whether it writes messages of the role {@code tool}
 * @param system whether it takes a system message
 */
record TemplateTraits(
        Optional<String> tools,
        boolean needsTools,
        Optional<String> thinkingSwitch,
        Optional<Calls> calls,
        boolean severalCalls,
        TextWithCalls textWithCalls,
        boolean thinkingBesideText,
        boolean results,
        boolean system) {

    /** A message may have both, or there may be one before the other; or there is no place for a text. */
    enum TextWithCalls {
        IN_ONE_MESSAGE,
        IN_TWO_MESSAGES,
        NOWHERE
    }

    /**
     * How calls are given. Transformers' documentation has the arguments as an object and no content; published
     * templates differ.
     *
     * @param argumentsAsText whether the arguments are a JSON text and not an object
     * @param emptyContent whether a message without text has an empty one and not none
     * @param shortIds whether ids have to be of nine letters and digits
     */
    record Calls(boolean argumentsAsText, boolean emptyContent, boolean shortIds) {

        /** In this order the first is taken that comes out whole. */
        private static List<Calls> all() {
            return IntStream.range(0, 8)
                    .mapToObj(i -> new Calls((i & 2) != 0, (i & 1) != 0, (i & 4) != 0))
                    .toList();
        }
    }

    private static final List<String> TOOLS = List.of("tools", "xml_tools");
    private static final List<String> SWITCHES = List.of("enable_thinking", "thinking");

    static TemplateTraits of(ChatTemplate template, Map<String, Object> variables) {
        Optional<String> tools = mentioned(TOOLS, template);
        TemplateProbe probe = new TemplateProbe(template, variables, tools);
        Optional<Calls> calls = probe.writesQuestions()
                ? Calls.all().stream().filter(probe::writesCalls).findFirst()
                : Optional.empty();
        return new TemplateTraits(
                tools,
                probe.needsTools(),
                mentioned(SWITCHES, template),
                calls,
                calls.filter(probe::writesSeveral).isPresent(),
                calls.map(probe::textWithCalls).orElse(TextWithCalls.IN_ONE_MESSAGE),
                calls.filter(probe::refusesThinkingBesideText).isEmpty(),
                probe.writesResults(calls),
                probe.takesSystem());
    }

    private static Optional<String> mentioned(List<String> names, ChatTemplate template) {
        return names.stream().filter(template.variables()::contains).findFirst();
    }
}
