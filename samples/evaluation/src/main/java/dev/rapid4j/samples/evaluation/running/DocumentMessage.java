package dev.rapid4j.samples.evaluation.running;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.rapid4j.LongText;
import dev.rapid4j.LongTextChoice;
import dev.rapid4j.samples.evaluation.prompts.Prompt;
import java.util.List;
import java.util.Map;

/**
 * A prompt as the one text it is, which tells where in it the long text stands. (As a content of its own the long text
 * would be set off by blank lines that the template does not have.)
 */
final class DocumentMessage {

    private static final String START = "start";
    private static final String END = "end";
    private static final String QUESTION = "question";

    private DocumentMessage() {}

    /** @param question what to look for in the long text; if blank, all that stands around it */
    static UserMessage of(Prompt prompt, String question) {
        int start = prompt.before().length();
        String asked = question.isBlank() ? prompt.before() + prompt.after() : question;
        return UserMessage.builder()
                .addContent(TextContent.from(prompt.text()))
                .attributes(Map.of(START, start, END, start + prompt.document().length(), QUESTION, asked))
                .build();
    }

    /** The {@link dev.rapid4j.LongTextSelector} for conversations of one such message. */
    static LongTextChoice select(List<ChatMessage> messages) {
        UserMessage message = (UserMessage) messages.get(0);
        if (!message.attributes().containsKey(START)) {
            return new LongTextChoice(List.of(), message.singleText());
        }
        LongText document =
                new LongText(0, 0, message.attribute(START, Integer.class), message.attribute(END, Integer.class));
        return new LongTextChoice(
                document.start() == document.end() ? List.of() : List.of(document),
                message.attribute(QUESTION, String.class));
    }
}
