package dev.rapid4j.internal.answer;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ToolChoice;
import java.util.List;
import java.util.Optional;

/**
 * What an answer has to be like.
 *
 * @param tools those that may be called; each name once
 * @param thinking false: the answer begins at once; empty: as the chat template has it
 * @param maxThinkingTokens at least 0; empty: no limit of its own
 */
public record AnswerOptions(
        List<ToolSpecification> tools,
        ToolChoice toolChoice,
        ResponseFormat responseFormat,
        Optional<Boolean> thinking,
        Optional<Integer> maxThinkingTokens) {

    public static final AnswerOptions PLAIN =
            new AnswerOptions(List.of(), ToolChoice.AUTO, ResponseFormat.TEXT, Optional.empty(), Optional.empty());

    public AnswerOptions {
        tools = List.copyOf(tools);
    }

    /** The tools that the model is told of. */
    public List<ToolSpecification> offered() {
        return toolChoice == ToolChoice.NONE ? List.of() : tools;
    }
}
