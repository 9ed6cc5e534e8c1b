package dev.rapid4j.internal.prompt;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.exception.InvalidRequestException;
import dev.rapid4j.internal.text.Characters;
import dev.rapid4j.internal.text.Turn;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a request wants its prompt to say besides the conversation.
 *
 * @param tools those the model is told of; each name once
 * @param schema the JSON schema that the answer is held to, in JSON; the model is told of it behind the question.
 *     Empty: it is not
 * @param thinking whether the model is to think before it answers; empty: as its chat template has it
 * @param sendThinking whether what the model thought in earlier answers is given to the chat template, which may leave
 *     it out all the same
 */
public record PromptOptions(
        List<ToolSpecification> tools, Optional<String> schema, Optional<Boolean> thinking, boolean sendThinking) {

    private static final String SCHEMA = "Write the answer as JSON that follows this JSON schema:\n";

    public static final PromptOptions NONE = new PromptOptions(List.of(), Optional.empty(), Optional.empty(), false);

    /**
     * @throws InvalidRequestException if two tools have one name, or one has none or has control characters in it; if
     *     what is said of a tool, or the schema, has half characters
     */
    public PromptOptions {
        tools = List.copyOf(tools);
        Set<String> names = new HashSet<>();
        for (ToolSpecification tool : tools) {
            if (tool.name() == null || tool.name().isBlank()) {
                throw new InvalidRequestException("A tool has no name, so the model cannot call it");
            }
            if (tool.name().chars().anyMatch(Character::isISOControl)) {
                throw new InvalidRequestException("The tool name '"
                        + tool.name().replaceAll("\\p{Cc}", "\uFFFD")
                        + "' holds a control character; give it one of letters, digits, _ and -");
            }
            if (!names.add(tool.name())) {
                throw new InvalidRequestException("There are two tools of the name '" + tool.name()
                        + "', so a call could mean either; give them different names");
            }
        }
        ToolVariable.of(tools).forEach(tool -> checkCharacters(tool, "A tool's name, description or parameters hold"));
        schema.ifPresent(text -> checkCharacters(text, "The responseFormat's schema holds"));
    }

    private static void checkCharacters(Object value, String what) {
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, each) -> {
                checkCharacters(key, what);
                checkCharacters(each, what);
            });
        } else if (value instanceof Collection<?> list) {
            list.forEach(each -> checkCharacters(each, what));
        } else if (value instanceof String text && Characters.halfOfPair(text).isPresent()) {
            throw new InvalidRequestException(
                    what + " text that is not valid UTF-16, with half of a pair: " + Characters.wellFormed(text));
        }
    }

    /**
     * The turns with what the last question says of the answer's form. That is part of the question and of no long
     * text, and stays where it is while tools are called.
     */
    List<Turn> told(List<Turn> turns) {
        if (schema.isEmpty()) {
            return turns;
        }
        List<Turn> told = new ArrayList<>(turns);
        for (int i = turns.size() - 1; i >= 0; i--) {
            Turn turn = turns.get(i);
            if (turn.role().equals(Turn.USER)) {
                List<String> texts = new ArrayList<>(turn.texts());
                texts.add(SCHEMA + schema.get());
                told.set(i, turn.withTexts(texts));
                return told;
            }
        }
        return told;
    }
}
