package dev.rapid4j.internal.prompt;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.rapid4j.chattemplate.ChatTemplate;
import dev.rapid4j.chattemplate.ChatTemplateException;
import dev.rapid4j.internal.prompt.TemplateTraits.Calls;
import dev.rapid4j.internal.prompt.TemplateTraits.TextWithCalls;
import dev.rapid4j.internal.text.Turn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Tries short conversations on a chat template, with words of which no template consists. */
record TemplateProbe(ChatTemplate template, Map<String, Object> variables, Optional<String> tools) {

    private static final String TOOL = "probe";
    private static final List<Map<String, Object>> TOOLS = ToolVariable.of(
            List.of(ToolSpecification.builder().name(TOOL).description(TOOL).build()));

    private static final String TEXT = "Zephyrine";
    private static final String ARGUMENT = "quillwort";
    private static final ToolExecutionRequest FIRST = call("probe-1", "Umbellifer");
    private static final ToolExecutionRequest SECOND = call("probe-2", "Vetchling");
    private static final String RESULT = "Xanthoria";

    private static final Turn SYSTEM = new Turn(Turn.SYSTEM, TEXT);
    private static final Turn QUESTION = new Turn(Turn.USER, "?");
    private static final Turn ANSWER = new Turn(Turn.ASSISTANT, "!");

    private static ToolExecutionRequest call(String id, String value) {
        return ToolExecutionRequest.builder()
                .id(id)
                .name(TOOL)
                .arguments("{\"" + ARGUMENT + "\": \"" + value + "\"}")
                .build();
    }

    private static Turn calling(String text, ToolExecutionRequest... calls) {
        return new Turn(Turn.ASSISTANT, List.of(text), "", List.of(calls), Optional.empty());
    }

    private static Turn result(ToolExecutionRequest call) {
        return new Turn(Turn.TOOL, List.of(RESULT), "", List.of(), Optional.of(call));
    }

    /** If not, nothing else need be tried. */
    boolean writesQuestions() {
        return !render(TemplateMessages.AS_DOCUMENTED, QUESTION).isEmpty();
    }

    boolean needsTools() {
        return tools.isPresent()
                && writesQuestions()
                && new TemplateProbe(template, variables, Optional.empty())
                        .render(TemplateMessages.AS_DOCUMENTED, QUESTION)
                        .isEmpty();
    }

    /**
     * Whether calls come out, while their result is asked about and later. As a JSON text in a JSON text, or as Python
     * prints a dictionary, arguments would not be what the model was taught.
     */
    boolean writesCalls(Calls form) {
        int none = occurrences("None", render(form, QUESTION));
        return Stream.of(
                        render(form, QUESTION, calling("", FIRST), result(FIRST)),
                        render(form, QUESTION, calling("", FIRST), result(FIRST), ANSWER, QUESTION))
                .allMatch(text -> text.contains("Umbellifer")
                        && text.contains(ARGUMENT)
                        && !text.contains("\\\"" + ARGUMENT)
                        && !text.contains("'" + ARGUMENT + "': '")
                        && occurrences("None", text) <= none);
    }

    private static int occurrences(String word, String text) {
        return text.split(word, -1).length - 1;
    }

    boolean writesSeveral(Calls form) {
        String text = render(form, QUESTION, calling("", FIRST, SECOND), result(FIRST), result(SECOND));
        return text.contains("Umbellifer") && text.contains("Vetchling");
    }

    TextWithCalls textWithCalls(Calls form) {
        if (hasBoth(render(form, QUESTION, calling(TEXT, FIRST), result(FIRST)))) {
            return TextWithCalls.IN_ONE_MESSAGE;
        }
        Turn said = new Turn(Turn.ASSISTANT, TEXT);
        return hasBoth(render(form, QUESTION, said, calling("", FIRST), result(FIRST), ANSWER, QUESTION))
                ? TextWithCalls.IN_TWO_MESSAGES
                : TextWithCalls.NOWHERE;
    }

    /** That of gpt-oss raises: it has one channel for both. */
    boolean refusesThinkingBesideText(Calls form) {
        Turn thought = new Turn(Turn.ASSISTANT, List.of(TEXT), TEXT, List.of(FIRST), Optional.empty());
        return render(form, true, QUESTION, thought, result(FIRST)).isEmpty();
    }

    private static boolean hasBoth(String text) {
        return text.contains(TEXT) && text.contains("Umbellifer");
    }

    boolean writesResults(Optional<Calls> calls) {
        Turn before = calls.isPresent() ? calling("", FIRST) : new Turn(Turn.ASSISTANT, TEXT);
        return render(calls.orElse(TemplateMessages.AS_DOCUMENTED), QUESTION, before, result(FIRST))
                .contains(RESULT);
    }

    boolean takesSystem() {
        return render(TemplateMessages.AS_DOCUMENTED, SYSTEM, QUESTION).contains(TEXT);
    }

    /** Nothing, if the template refuses the conversation. */
    private String render(Calls form, Turn... turns) {
        return render(form, false, turns);
    }

    private String render(Calls form, boolean withThinking, Turn... turns) {
        List<Map<String, Object>> messages = new ArrayList<>();
        for (Turn turn : turns) {
            messages.add(TemplateMessage.of(turn).map(form, withThinking));
        }
        Map<String, Object> all = new LinkedHashMap<>(variables);
        tools.ifPresent(name -> all.put(name, TOOLS));
        try {
            return template.render(messages, all).text();
        } catch (ChatTemplateException e) {
            return "";
        }
    }
}
