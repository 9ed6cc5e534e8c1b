package dev.rapid4j.internal.text;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import java.util.List;
import java.util.Optional;

/**
 * One message as a chat template sees it. The content is plain text; nothing in it is ever a template or a control
 * token. Texts may be long, so they are joined only while a template is rendered.
 *
 * @param role {@link #SYSTEM}, {@link #USER}, {@link #ASSISTANT} or {@link #TOOL}
 * @param texts the texts of the message
 * @param thinking what an assistant thought before it said that; mostly empty
 * @param calls the tools that an assistant calls behind its text; mostly none
 * @param answered the call of which a tool's turn is the result; empty for all other roles
 */
public record Turn(
        String role,
        List<String> texts,
        String thinking,
        List<ToolExecutionRequest> calls,
        Optional<ToolExecutionRequest> answered) {

    public static final String SYSTEM = "system";
    public static final String USER = "user";
    public static final String ASSISTANT = "assistant";
    public static final String TOOL = "tool";

    private static final String BETWEEN_TEXTS = "\n\n";

    public Turn {
        texts = List.copyOf(texts);
        calls = List.copyOf(calls);
    }

    public Turn(String role, List<String> texts) {
        this(role, texts, "", List.of(), Optional.empty());
    }

    public Turn(String role, String text) {
        this(role, List.of(text));
    }

    /** The texts, joined by blank lines; empty only for an assistant that had nothing to say, and for tools. */
    public String content() {
        return texts.size() == 1 ? texts.get(0) : String.join(BETWEEN_TEXTS, texts);
    }

    /** Whether somebody says something here and does nothing else. */
    public boolean isTextOf(String speaker) {
        return role.equals(speaker) && calls.isEmpty() && texts.stream().anyMatch(text -> !text.isBlank());
    }

    /** The same with other texts. */
    public Turn withTexts(List<String> texts) {
        return new Turn(role, texts, thinking, calls, answered);
    }

    /**
     * The turns of messages, whether or not they make up a conversation that can be answered.
     *
     * @throws InvalidRequestException if a text is not valid UTF-16
     * @throws UnsupportedFeatureException if a message holds anything but text and calls of tools, or a user's name
     */
    public static List<Turn> of(List<ChatMessage> messages) {
        Messages.checkEach(messages);
        return Messages.turns(messages);
    }
}
