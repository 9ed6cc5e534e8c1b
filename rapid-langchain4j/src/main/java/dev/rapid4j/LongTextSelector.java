package dev.rapid4j;

import dev.langchain4j.data.message.ChatMessage;
import java.util.List;

/**
 * Decides which part of a conversation is long text: what the target reads in full and the drafter only in passages.
 * All the rest stands in both prompts.
 *
 * <p>Choosing too little or too much never makes an answer wrong, only drafts slower or less apt. Whether a long text
 * is long enough for retrieval is decided later, by counting tokens.
 */
@FunctionalInterface
public interface LongTextSelector {

    /** From how many characters on a text is long, unless told otherwise: more than 1,000. */
    int DEFAULT_SHORT_CHARACTERS = 1000;

    /**
     * @param messages system, user and AI messages and tools' results that hold only text, at least one of them a user
     *     message that is not blank
     * @return long texts, which must lie in user messages, and a question that is not blank
     */
    LongTextChoice select(List<ChatMessage> messages);

    /** {@link #byLayout(int)} with {@value #DEFAULT_SHORT_CHARACTERS} characters. */
    static LongTextSelector byLayout() {
        return byLayout(DEFAULT_SHORT_CHARACTERS);
    }

    /**
     * Goes by length and paragraphs. For each user message, where <em>short</em> means up to {@code shortCharacters}:
     *
     * <ol>
     *   <li>In a message of several texts, those that are not short are long texts. The others are the question, if it
     *       is the last user message. (If all of the last message's texts are long, rule 2 applies to the last of them;
     *       unless blank texts stand beside them: then the question was left empty.)
     *   <li>A message of one text that is not short is cut at blank lines, or at line breaks if it has no blank line:
     *       <ul>
     *         <li>the first paragraph is the opening if it is short, with any labels that follow it;
     *         <li>the last paragraph is the closing if it is short, with any labels around it, unless the opening asks
     *             (has a question mark) and the last paragraph does not: then the question came first;
     *         <li>all between is the long text, if it is not short itself. In the last user message there must be an
     *             opening or a closing, as something must be the question.
     *       </ul>
     *       A label is a paragraph of up to 80 characters that ends in a colon, such as "Document:" or "Answer:".
     *   <li>The question is what remains of the last user message; of a text that was cut, the closing question, or the
     *       opening if there is none.
     * </ol>
     *
     * <p>So in a list of short entries with the question behind it, the first entry is taken for the opening: it is
     * then read by both, which does no harm.
     *
     * @param shortCharacters longest text, in characters, that is a question or an instruction, at least 1
     * @throws IllegalArgumentException if {@code shortCharacters} is out of range
     */
    static LongTextSelector byLayout(int shortCharacters) {
        if (shortCharacters < 1) {
            throw new IllegalArgumentException("shortCharacters must be at least 1, but is " + shortCharacters);
        }
        return new LayoutSelector(shortCharacters);
    }
}
