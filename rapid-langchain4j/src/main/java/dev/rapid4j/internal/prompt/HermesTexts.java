package dev.rapid4j.internal.prompt;

import static dev.rapid4j.internal.prompt.TemplateMessage.joined;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.rapid4j.chattemplate.RenderedChat;
import dev.rapid4j.chattemplate.RenderedChat.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** As Hermes and Qwen are told of tools, which most models without tools in their template follow best. */
public final class HermesTexts implements ToolTexts {

    @Override
    public RenderedChat instructions(List<ToolSpecification> tools) {
        List<Span> spans = new ArrayList<>();
        spans.add(new Span("""
                # Tools

                You may call one or more functions to assist with the user query.

                You are provided with function signatures within <tools></tools> XML tags:
                <tools>""", true));
        for (Map<String, Object> tool : ToolVariable.of(tools)) {
            spans.add(new Span("\n" + SpacedJson.of(tool), false));
        }
        spans.add(new Span("""

                </tools>

                For each function call, return a json object with function name and arguments within \
                <tool_call></tool_call> XML tags:
                <tool_call>
                {"name": <function-name>, "arguments": <args-json-object>}
                </tool_call>""", true));
        return new RenderedChat(spans);
    }

    @Override
    public RenderedChat calls(List<ToolExecutionRequest> calls) {
        return new RenderedChat(joined(
                "\n",
                calls.stream()
                        .map(call -> marked("tool_call", SpacedJson.of(TemplateMessage.nameAndArguments(call)))
                                .spans())
                        .toList()));
    }

    @Override
    public RenderedChat result(ToolExecutionRequest call, String result) {
        return marked("tool_response", result);
    }

    private static RenderedChat marked(String tag, String text) {
        List<Span> spans = new ArrayList<>();
        spans.add(new Span("<" + tag + ">\n", true));
        if (!text.isEmpty()) {
            spans.add(new Span(text, false));
        }
        spans.add(new Span("\n</" + tag + ">", true));
        return new RenderedChat(spans);
    }
}
