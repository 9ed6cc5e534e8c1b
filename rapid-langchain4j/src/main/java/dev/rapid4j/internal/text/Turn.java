package dev.rapid4j.internal.text;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import java.util.List;

/**
 * One message as a chat template sees it. The content is plain text; nothing in it is ever a template or a control
 * token. Texts may be long, so they are joined only while a template is rendered.
 *
 * @param role {@code system}, {@code user} or {@code assistant}
 * @param texts the texts of the message
 */
public record Turn(String role, List<String> texts) {

    private static final String BETWEEN_TEXTS = "\n\n";

    public Turn {
        texts = List.copyOf(texts);
    }

    public Turn(String role, String text) {
        this(role, List.of(text));
    }

    /** The texts, joined by blank lines; empty only for an assistant that had nothing to say. */
    public String content() {
        return texts.size() == 1 ? texts.get(0) : String.join(BETWEEN_TEXTS, texts);
    }

    /**
     * The turns of messages, whether or not they make up a conversation that can be answered.
     *
     * @throws InvalidRequestException if a text is not valid UTF-16
     * @throws UnsupportedFeatureException if a message holds anything but text, or a user's name
     */
    public static List<Turn> of(List<ChatMessage> messages) {
        Messages.checkEach(messages);
        return Messages.turns(messages);
    }
}
