package dev.rapid4j.internal.text;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import java.util.List;

/**
 * One message as a chat template sees it. The content is plain text; nothing in it is ever a template or a control
 * token.
 *
 * @param role {@code system}, {@code user} or {@code assistant}
 * @param content the text, empty only for an assistant that had nothing to say
 */
public record Turn(String role, String content) {

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
