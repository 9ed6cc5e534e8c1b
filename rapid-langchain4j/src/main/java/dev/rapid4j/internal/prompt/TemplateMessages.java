package dev.rapid4j.internal.prompt;

import static dev.rapid4j.internal.prompt.TemplateMessage.joined;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.rapid4j.chattemplate.RenderedChat.Span;
import dev.rapid4j.internal.text.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Turns as the messages of a chat template. What it has no place for becomes text:
 *
 * <ul>
 *   <li>without a variable for tools, the system message tells of them, or the first user's text if there can be no
 *       system message, and calls and results are texts, those of several calls in one user's turn;
 *   <li>where it knows tools and yet writes no calls, or no results, these alone are texts;
 *   <li>where a message can hold one call, several are as many messages, each before its result;
 *   <li>where a message that calls can hold either thinking or text, they are one text;
 *   <li>where a message can hold either text or calls, there are two, or the text is left out if there can only be one.
 * </ul>
 */
record TemplateMessages(TemplateTraits traits, ToolTexts texts, PromptOptions options) {

    static final TemplateTraits.Calls AS_DOCUMENTED = new TemplateTraits.Calls(false, false, false);

    List<Map<String, Object>> of(List<Turn> turns) {
        List<TemplateMessage> messages =
                withCalls(turns.stream().map(TemplateMessage::of).toList());
        if (traits.tools().isEmpty() || !traits.results()) {
            messages = withResultsAsText(messages);
        }
        if (traits.tools().isEmpty() && !options.tools().isEmpty()) {
            messages = withInstructions(
                    messages, texts.instructions(options.tools()).spans());
        }
        TemplateTraits.Calls form = traits.calls().orElse(AS_DOCUMENTED);
        return messages.stream()
                .map(message -> message.map(form, options.sendThinking()))
                .toList();
    }

    private List<TemplateMessage> withCalls(List<TemplateMessage> messages) {
        if (traits.tools().isEmpty() || traits.calls().isEmpty()) {
            return messages.stream().map(this::withCallsAsText).toList();
        }
        List<TemplateMessage> result = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            TemplateMessage message = messages.get(i);
            if (!message.calls().isEmpty() && !message.isBlank()) {
                switch (traits.textWithCalls()) {
                    case IN_ONE_MESSAGE -> {
                        if (options.sendThinking() && !traits.thinkingBesideText()) {
                            message = message.withThinkingAsText();
                        }
                    }
                    case IN_TWO_MESSAGES -> {
                        result.add(message.withCalls(List.of()));
                        message = message.withoutText();
                    }
                    case NOWHERE -> message = message.withContent(List.of());
                }
            }
            if (message.calls().size() > 1 && !traits.severalCalls()) {
                int end = i + 1;
                while (end < messages.size() && messages.get(end).isOf(Turn.TOOL)) {
                    end++;
                }
                result.addAll(oneByOne(message, messages.subList(i + 1, end)));
                i = end - 1;
            } else {
                result.add(message);
            }
        }
        return result;
    }

    private static List<TemplateMessage> oneByOne(TemplateMessage message, List<TemplateMessage> results) {
        List<TemplateMessage> all = new ArrayList<>();
        List<TemplateMessage> left = new ArrayList<>(results);
        for (ToolExecutionRequest call : message.calls()) {
            TemplateMessage single = message.withCalls(List.of(call));
            all.add(all.isEmpty() ? single : single.withoutText());
            // one only: two calls may be equal
            left.stream()
                    .filter(result -> result.answered().orElseThrow().equals(call))
                    .findFirst()
                    .ifPresent(result -> {
                        all.add(result);
                        left.remove(result);
                    });
        }
        return all;
    }

    private TemplateMessage withCallsAsText(TemplateMessage message) {
        if (message.calls().isEmpty()) {
            return message;
        }
        List<Span> calls = texts.calls(message.calls()).spans();
        return message.withContent(joined("\n", List.of(message.content(), calls)))
                .withCalls(List.of());
    }

    /**
     * Results become one message with those beside them, and with what a user says next: users may have to take turns.
     */
    private List<TemplateMessage> withResultsAsText(List<TemplateMessage> messages) {
        List<TemplateMessage> result = new ArrayList<>();
        List<List<Span>> results = new ArrayList<>();
        for (TemplateMessage message : messages) {
            if (message.isOf(Turn.TOOL)) {
                String text =
                        message.content().stream().map(Span::text).findFirst().orElse("");
                results.add(texts.result(message.answered().orElseThrow(), text).spans());
            } else if (message.isOf(Turn.USER) && !results.isEmpty()) {
                result.add(message.withContent(joined("\n\n", List.of(joined("\n", results), message.content()))));
                results.clear();
            } else {
                addResults(results, result);
                result.add(message);
            }
        }
        addResults(results, result);
        return result;
    }

    private static void addResults(List<List<Span>> results, List<TemplateMessage> messages) {
        if (!results.isEmpty()) {
            messages.add(TemplateMessage.of(Turn.USER, joined("\n", results)));
            results.clear();
        }
    }

    private List<TemplateMessage> withInstructions(List<TemplateMessage> messages, List<Span> instructions) {
        List<TemplateMessage> result = new ArrayList<>(messages);
        TemplateMessage first = messages.get(0);
        if (first.isOf(Turn.SYSTEM)) {
            result.set(0, first.withContent(joined("\n\n", List.of(first.content(), instructions))));
        } else if (traits.system() || !first.isOf(Turn.USER)) {
            result.add(0, TemplateMessage.of(Turn.SYSTEM, instructions));
        } else {
            result.set(0, first.withContent(joined("\n\n", List.of(instructions, first.content()))));
        }
        return result;
    }
}
