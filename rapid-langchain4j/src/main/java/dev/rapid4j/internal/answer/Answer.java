package dev.rapid4j.internal.answer;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import java.util.List;

/**
 * A finished answer.
 *
 * @param text up to a stop sequence; empty if there is none
 * @param thinking empty if there is none
 */
public record Answer(String text, String thinking, List<ToolExecutionRequest> calls) {

    public Answer {
        calls = List.copyOf(calls);
    }
}
