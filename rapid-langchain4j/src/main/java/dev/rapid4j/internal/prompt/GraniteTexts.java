package dev.rapid4j.internal.prompt;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.rapid4j.chattemplate.RenderedChat;
import dev.rapid4j.chattemplate.RenderedChat.Span;
import java.util.List;

/**
 * Calls as Granite 3 writes them, whose template tells of tools and takes their results, and leaves out calls; else as
 * {@link HermesTexts} has it.
 */
final class GraniteTexts implements ToolTexts {

    static final String MARKER = "<|tool_call|>";

    private final ToolTexts others = new HermesTexts();

    @Override
    public RenderedChat instructions(List<ToolSpecification> tools) {
        return others.instructions(tools);
    }

    @Override
    public RenderedChat calls(List<ToolExecutionRequest> calls) {
        String list = SpacedJson.of(
                calls.stream().map(TemplateMessage::nameAndArguments).toList());
        return new RenderedChat(List.of(new Span(MARKER, true), new Span(list, false)));
    }

    @Override
    public RenderedChat result(ToolExecutionRequest call, String result) {
        return others.result(call, result);
    }
}
