package dev.rapid4j.internal.prompt;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.rapid4j.chattemplate.ChatTemplate.Trusted;
import dev.rapid4j.chattemplate.RenderedChat;
import dev.rapid4j.chattemplate.RenderedChat.Span;
import dev.rapid4j.internal.text.Turn;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** A turn on its way to a chat template: its text may hold what the application wrote, which is trusted. */
record TemplateMessage(
        String role,
        List<Span> content,
        String thinking,
        List<ToolExecutionRequest> calls,
        Optional<ToolExecutionRequest> answered) {

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final Pattern SHORT_ID = Pattern.compile("[a-zA-Z0-9]{9}");
    private static final int SHORT = 9;

    static TemplateMessage of(Turn turn) {
        return new TemplateMessage(
                turn.role(), untrusted(turn.content()), turn.thinking(), turn.calls(), turn.answered());
    }

    static TemplateMessage of(String role, List<Span> content) {
        return new TemplateMessage(role, content, "", List.of(), Optional.empty());
    }

    boolean isOf(String speaker) {
        return role.equals(speaker);
    }

    boolean isBlank() {
        return content.stream().allMatch(span -> span.text().isBlank());
    }

    TemplateMessage withContent(List<Span> other) {
        return new TemplateMessage(role, other, thinking, calls, answered);
    }

    /** The same message, but for the tools that it calls. */
    TemplateMessage withCalls(List<ToolExecutionRequest> others) {
        return new TemplateMessage(role, content, thinking, others, answered);
    }

    /** What was thought stands before the text, as a part of it. */
    TemplateMessage withThinkingAsText() {
        List<Span> both = joined("\n\n", List.of(untrusted(thinking), content));
        return new TemplateMessage(role, both, "", calls, answered);
    }

    /** The calls alone, where text and thinking have been told. */
    TemplateMessage withoutText() {
        return new TemplateMessage(role, List.of(), "", calls, answered);
    }

    static List<Span> untrusted(String text) {
        return text.isEmpty() ? List.of() : List.of(new Span(text, false));
    }

    /** With something between those that are not empty. */
    static List<Span> joined(String between, List<List<Span>> parts) {
        List<Span> joined = new ArrayList<>();
        for (List<Span> part : parts) {
            if (!part.isEmpty() && !joined.isEmpty()) {
                joined.add(new Span(between, true));
            }
            joined.addAll(part);
        }
        return joined;
    }

    /**
     * The keys in the order of transformers' documentation, as some templates print messages whole, and thinking under
     * the names that transformers gives it.
     *
     * @param form how calls are given
     */
    Map<String, Object> map(TemplateTraits.Calls form, boolean withThinking) {
        boolean thinks = withThinking && !thinking.isEmpty();
        Map<String, Object> map = new LinkedHashMap<>();
        if (thinks) {
            map.put("thinking", thinking);
        }
        map.put("role", new Trusted(role));
        answered.ifPresent(call -> map.put("name", call.name()));
        map.put("content", calls.isEmpty() || !content.isEmpty() || form.emptyContent() ? text() : null);
        if (thinks) {
            map.put("reasoning_content", thinking);
        }
        if (!calls.isEmpty()) {
            map.put("tool_calls", calls.stream().map(call -> map(call, form)).toList());
        }
        answered.ifPresent(call -> map.put("tool_call_id", id(call, form)));
        return map;
    }

    /** A long text is not copied. */
    private Object text() {
        if (content.isEmpty()) {
            return "";
        }
        return content.size() == 1 && !content.get(0).trusted() ? content.get(0).text() : new RenderedChat(content);
    }

    private static Map<String, Object> map(ToolExecutionRequest call, TemplateTraits.Calls form) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", call.name());
        function.put("arguments", form.argumentsAsText() ? text(call) : arguments(call));
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("type", "function");
        map.put("id", id(call, form));
        map.put("function", function);
        return map;
    }

    /** Some templates refuse ids of other lengths, which other models' calls have. */
    private static String id(ToolExecutionRequest call, TemplateTraits.Calls form) {
        return !form.shortIds() || SHORT_ID.matcher(call.id()).matches()
                ? call.id()
                : UUID.nameUUIDFromBytes(call.id().getBytes(StandardCharsets.UTF_8))
                        .toString()
                        .replace("-", "")
                        .substring(0, SHORT);
    }

    private static String text(ToolExecutionRequest call) {
        return call.arguments() == null || call.arguments().isBlank() ? "{}" : call.arguments();
    }

    static Map<String, Object> nameAndArguments(ToolExecutionRequest call) {
        Map<String, Object> written = new LinkedHashMap<>();
        written.put("name", call.name());
        written.put("arguments", arguments(call));
        return written;
    }

    /** As an object; as they are, if another model or a user wrote what is none. */
    static Object arguments(ToolExecutionRequest call) {
        try {
            Map<String, Object> arguments = JSON.readValue(text(call), new TypeReference<>() {});
            return arguments == null ? call.arguments() : arguments;
        } catch (JsonProcessingException e) {
            return call.arguments();
        }
    }
}
