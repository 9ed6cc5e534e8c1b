package dev.rapid4j.internal.prompt;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.exception.InvalidRequestException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a request wants its prompt to say besides the conversation.
 *
 * @param tools those the model is told of; each name once
 * @param thinking whether the model is to think before it answers; empty: as its chat template has it
 * @param sendThinking whether what the model thought in earlier answers is given to the chat template, which may leave
 *     it out all the same
 */
public record PromptOptions(List<ToolSpecification> tools, Optional<Boolean> thinking, boolean sendThinking) {

    public static final PromptOptions NONE = new PromptOptions(List.of(), Optional.empty(), false);

    /** @throws InvalidRequestException if two tools have one name, or one has none */
    public PromptOptions {
        tools = List.copyOf(tools);
        Set<String> names = new HashSet<>();
        for (ToolSpecification tool : tools) {
            if (tool.name() == null || tool.name().isBlank()) {
                throw new InvalidRequestException("A tool has no name, so the model cannot call it");
            }
            if (!names.add(tool.name())) {
                throw new InvalidRequestException("There are two tools of the name '" + tool.name()
                        + "', so a call could mean either; give them different names");
            }
        }
    }
}
