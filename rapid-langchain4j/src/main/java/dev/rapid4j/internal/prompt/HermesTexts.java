package dev.rapid4j.internal.prompt;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.rapid4j.chattemplate.RenderedChat;
import dev.rapid4j.chattemplate.RenderedChat.Span;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** As Hermes and Qwen are told of tools, which most models without tools in their template follow best. */
public final class HermesTexts implements ToolTexts {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public RenderedChat instructions(List<ToolSpecification> tools) {
        List<Span> spans = new ArrayList<>();
        spans.add(new Span("""
                # Tools

                You may call one or more functions to assist with the user query.

                You are provided with function signatures within <tools></tools> XML tags:
                <tools>""", true));
        for (Map<String, Object> tool : ToolVariable.of(tools)) {
            spans.add(new Span("\n" + json(tool), false));
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
    public RenderedChat call(ToolExecutionRequest call) {
        Map<String, Object> written = new LinkedHashMap<>();
        written.put("name", call.name());
        written.put("arguments", TemplateMessage.arguments(call));
        return marked("tool_call", json(written));
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

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
