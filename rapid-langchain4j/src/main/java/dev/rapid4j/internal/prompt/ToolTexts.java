package dev.rapid4j.internal.prompt;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import java.util.List;

/** Tools, their calls and results as plain text, for chat templates that have no place for them. */
public interface ToolTexts {

    /** What the system message says of the tools and of how to call them. */
    String instructions(List<ToolSpecification> tools);

    /** A call as the model is told to write it. */
    String call(ToolExecutionRequest call);

    /** A result, in a user's turn. */
    String result(ToolExecutionRequest call, String result);
}
