package dev.rapid4j.internal.prompt;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.rapid4j.chattemplate.RenderedChat;
import java.util.List;

/**
 * Tools, their calls and results as text, for chat templates that have no place for them. What marks them is trusted,
 * so that it becomes control tokens where the vocabulary has such; names, arguments and results are not.
 */
public interface ToolTexts {

    /** As the models of a chat template know them. */
    static ToolTexts of(String template) {
        return template.contains(GraniteTexts.MARKER) ? new GraniteTexts() : new HermesTexts();
    }

    /** What the system message says of the tools and of how to call them. */
    RenderedChat instructions(List<ToolSpecification> tools);

    /** The calls of a message, at least one, as the model is told to write them. */
    RenderedChat calls(List<ToolExecutionRequest> calls);

    /** A result, in a user's turn. */
    RenderedChat result(ToolExecutionRequest call, String result);
}
