package dev.rapid4j.internal.prompt;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.rapid4j.chattemplate.ChatTemplate;
import dev.rapid4j.chattemplate.ChatTemplate.Trusted;
import dev.rapid4j.chattemplate.ChatTemplateException;
import dev.rapid4j.internal.text.Turn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a chat template has a place for. Which variables it takes is told by the names that it mentions; which messages
 * it writes, by what it makes of short conversations.
 *
 * @param tools the variable that tools are given in; empty if it has none
 * @param thinkingSwitch the variable that says whether to think; empty if it has none
 * @param calls how it wants to be given calls of tools; empty if it writes none
 * @param severalCalls whether one message may hold several
 * @param textBesideCalls whether it writes the text of a message that holds calls, and the calls all the same
 * @param results whether it writes messages of the role {@code tool}
 * @param system whether it takes a system message
 */
record TemplateTraits(
        Optional<String> tools,
        Optional<String> thinkingSwitch,
        Optional<Calls> calls,
        boolean severalCalls,
        boolean textBesideCalls,
        boolean results,
        boolean system) {

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
            List<Calls> all = new ArrayList<>();
            for (boolean shortIds : new boolean[] {false, true}) {
                for (boolean argumentsAsText : new boolean[] {false, true}) {
                    for (boolean emptyContent : new boolean[] {false, true}) {
                        all.add(new Calls(argumentsAsText, emptyContent, shortIds));
                    }
                }
            }
            return all;
        }
    }

    private static final List<String> TOOLS = List.of("tools", "xml_tools");
    private static final List<String> SWITCHES = List.of("enable_thinking", "thinking");

    private static final List<Map<String, Object>> TOOL = ToolVariable.of(List.of(
            ToolSpecification.builder().name("probe").description("probe").build()));

    // words of which no template consists
    private static final String TEXT = "Zephyrine";
    private static final String ARGUMENT = "quillwort";
    private static final String FIRST = "Umbellifer";
    private static final String SECOND = "Vetchling";
    private static final String RESULT = "Xanthoria";

    static TemplateTraits of(ChatTemplate template, Map<String, Object> variables) {
        Optional<String> tools =
                TOOLS.stream().filter(template.variables()::contains).findFirst();
        Optional<String> thinking =
                SWITCHES.stream().filter(template.variables()::contains).findFirst();
        Probe probe = new Probe(template, variables, tools);
        Optional<Calls> calls = Calls.all().stream().filter(probe::writesCalls).findFirst();
        return new TemplateTraits(
                tools,
                thinking,
                calls,
                calls.filter(probe::writesSeveral).isPresent(),
                calls.filter(probe::writesTextBeside).isPresent(),
                probe.writesResults(calls),
                probe.takesSystem());
    }

    /** Short conversations. */
    private record Probe(ChatTemplate template, Map<String, Object> variables, Optional<String> tools) {

        boolean writesCalls(Calls calls) {
            String text = render(List.of(question(), assistant(calls, null, FIRST)));
            // as a JSON text in a JSON text, or as Python prints a dictionary, they would not be what a model was
            // taught
            return text.contains(FIRST)
                    && text.contains(ARGUMENT)
                    && !text.contains("\\\"" + ARGUMENT)
                    && !text.contains("'" + ARGUMENT + "': '")
                    && occurrences("None", text) <= occurrences("None", render(List.of(question())));
        }

        private static int occurrences(String word, String text) {
            return text.split(word, -1).length - 1;
        }

        boolean writesSeveral(Calls calls) {
            String text = render(List.of(question(), assistant(calls, null, FIRST, SECOND)));
            return text.contains(FIRST) && text.contains(SECOND);
        }

        boolean writesTextBeside(Calls calls) {
            String text = render(List.of(question(), assistant(calls, TEXT, FIRST)));
            return text.contains(TEXT) && text.contains(FIRST);
        }

        boolean writesResults(Optional<Calls> calls) {
            Map<String, Object> assistant =
                    calls.map(known -> assistant(known, null, FIRST)).orElseGet(() -> message(Turn.ASSISTANT, TEXT));
            Map<String, Object> result = message(Turn.TOOL, RESULT);
            result.put("name", "probe");
            result.put("tool_call_id", id(calls.filter(Calls::shortIds).isPresent(), 0));
            return render(List.of(question(), assistant, result)).contains(RESULT);
        }

        boolean takesSystem() {
            return render(List.of(message(Turn.SYSTEM, TEXT), question())).contains(TEXT);
        }

        private static Map<String, Object> question() {
            return message(Turn.USER, "?");
        }

        private static Map<String, Object> assistant(Calls calls, String text, String... values) {
            Map<String, Object> message = message(Turn.ASSISTANT, text == null && calls.emptyContent() ? "" : text);
            List<Map<String, Object>> written = new ArrayList<>();
            for (int i = 0; i < values.length; i++) {
                Object arguments = calls.argumentsAsText()
                        ? "{\"" + ARGUMENT + "\": \"" + values[i] + "\"}"
                        : Map.of(ARGUMENT, values[i]);
                Map<String, Object> function = new LinkedHashMap<>();
                function.put("name", "probe");
                function.put("arguments", arguments);
                Map<String, Object> call = new LinkedHashMap<>();
                call.put("type", "function");
                call.put("id", id(calls.shortIds(), i));
                call.put("function", function);
                written.add(call);
            }
            message.put("tool_calls", written);
            return message;
        }

        private static String id(boolean isShort, int number) {
            return (isShort ? "probe000" : "probe-") + number;
        }

        private static Map<String, Object> message(String role, String content) {
            Map<String, Object> message = new LinkedHashMap<>();
            message.put("role", new Trusted(role));
            message.put("content", content);
            return message;
        }

        /** Nothing, if the template refuses the conversation. */
        private String render(List<Map<String, Object>> messages) {
            Map<String, Object> all = new LinkedHashMap<>(variables);
            tools.ifPresent(name -> all.put(name, TOOL));
            try {
                return template.render(messages, all).text();
            } catch (ChatTemplateException e) {
                return "";
            }
        }
    }
}
