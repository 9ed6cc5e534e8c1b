package dev.rapid4j.samples.webchat.openai;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonFormat.Feature;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** From OpenAI's messages to LangChain4j's. */
final class Messages {

    /** @param content texts; {@code reasoning_content} that is sent back is not read */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Message(
            String role,

            @JsonFormat(with = Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
            List<Part> content,

            String name,
            List<ToolCall> toolCalls,
            String toolCallId) {}

    /** A part of a message's content; a string instead of an array of parts is a single one. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Part(String type, String text) {

        @JsonCreator(mode = JsonCreator.Mode.PROPERTIES)
        Part {}

        @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
        static Part of(String text) {
            return new Part("text", text);
        }
    }

    /** A call that an earlier answer has made, or this one makes. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record ToolCall(Integer index, String id, String type, Function function) {

        @JsonIgnoreProperties(ignoreUnknown = true)
        record Function(String name, String arguments) {}
    }

    /** Of the calls so far, by their ids: a result has the id only. */
    private final Map<String, String> toolNames = new HashMap<>();

    private Messages() {}

    /** @throws OpenAiException if there is none, or one is not as it should be */
    static List<ChatMessage> of(List<Message> messages) {
        if (messages == null || messages.isEmpty()) {
            throw OpenAiException.invalid("messages", null, "messages must hold at least one message");
        }
        Messages conversation = new Messages();
        List<ChatMessage> chatMessages = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            chatMessages.add(conversation.chatMessage(messages.get(i), "messages[" + i + "]"));
        }
        return chatMessages;
    }

    private ChatMessage chatMessage(Message message, String param) {
        if (message == null || message.role == null) {
            throw OpenAiException.invalid(param + ".role", null, "A message needs a role");
        }
        if (!message.role.equals("assistant") && message.toolCalls != null && !message.toolCalls.isEmpty()) {
            throw OpenAiException.invalid(
                    param + ".tool_calls", null, "Only a message of the role assistant has calls");
        }
        return switch (message.role) {
            case "system", "developer" -> new SystemMessage(joined(texts(message, param), param + ".content"));
            case "user" ->
                UserMessage.from(
                        message.name,
                        texts(message, param).stream().map(TextContent::from).collect(Collectors.<Content>toList()));
            case "assistant" -> answer(message, param);
            case "tool" -> result(message, param);
            case "function" ->
                throw OpenAiException.unsupported(
                        param + ".role", "Functions are called as tools: send their results with the role tool");
            default ->
                throw OpenAiException.invalid(
                        param + ".role",
                        "invalid_value",
                        "A message's role is system, developer, user, assistant or tool");
        };
    }

    private AiMessage answer(Message message, String param) {
        List<ToolExecutionRequest> calls = new ArrayList<>();
        for (int i = 0; message.toolCalls != null && i < message.toolCalls.size(); i++) {
            calls.add(call(message.toolCalls.get(i), param + ".tool_calls[" + i + "]"));
        }
        String text = String.join("\n\n", texts(message, param));
        return AiMessage.builder()
                .text(text.isEmpty() && !calls.isEmpty() ? null : text)
                .toolExecutionRequests(calls)
                .build();
    }

    private ToolExecutionRequest call(ToolCall call, String param) {
        if (call == null || call.id == null || call.function == null || call.function.name == null) {
            throw OpenAiException.invalid(param, null, "A call needs an id and a function with a name");
        }
        if (call.type != null && !call.type.equals("function")) {
            throw OpenAiException.unsupported(param + ".type", "The one type of tools is function");
        }
        toolNames.put(call.id, call.function.name);
        return ToolExecutionRequest.builder()
                .id(call.id)
                .name(call.function.name)
                .arguments(call.function.arguments == null ? "{}" : call.function.arguments)
                .build();
    }

    private ToolExecutionResultMessage result(Message message, String param) {
        String tool = message.toolCallId == null ? null : toolNames.get(message.toolCallId);
        if (tool == null) {
            throw OpenAiException.invalid(
                    param + ".tool_call_id", null, "A message of the role tool needs the id of an earlier call");
        }
        return ToolExecutionResultMessage.from(message.toolCallId, tool, String.join("\n\n", texts(message, param)));
    }

    private static String joined(List<String> texts, String param) {
        String joined = String.join("\n\n", texts);
        if (joined.isBlank()) {
            throw OpenAiException.invalid(param, null, "A system message needs a text; leave it out if it has none");
        }
        return joined;
    }

    private static List<String> texts(Message message, String messageParam) {
        String param = messageParam + ".content";
        if (message.content == null || message.content.isEmpty()) {
            if (message.role.equals("assistant")) {
                return List.of();
            }
            throw OpenAiException.invalid(param, null, "A message of the role " + message.role + " needs a content");
        }
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < message.content.size(); i++) {
            Part part = message.content.get(i);
            String partParam = param + "[" + i + "]";
            if (part == null || !"text".equals(part.type)) {
                throw OpenAiException.unsupported(
                        partParam + ".type",
                        "This model reads text only, no images, audio or files: put a document's text into a part of type text");
            }
            if (part.text == null) {
                throw OpenAiException.invalid(partParam + ".text", null, "A part of type text needs a text");
            }
            texts.add(part.text);
        }
        return texts;
    }
}
