package dev.rapid4j.internal.text;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * The calls of the last AI message that wait for their results. Messages are gone through in order, each once.
 *
 * <p>Calls without an id, as some providers have them, get one, and results without an id answer the first call of
 * their tool.
 */
final class OpenCalls {

    /** As long as the templates of Mistral's models want ids to be. */
    private static final String ID = "call%05d";

    /** @param id what the message says, or null */
    private record Open(String id, ToolExecutionRequest call) {}

    private final List<Open> open = new ArrayList<>();
    private int calls;

    /** The calls of an AI message, each with an id. Results have to follow it before any other message does. */
    List<ToolExecutionRequest> of(AiMessage message) {
        close();
        for (ToolExecutionRequest call : message.toolExecutionRequests()) {
            String id = call.id() == null ? String.format(Locale.ROOT, ID, calls) : call.id();
            open.add(new Open(call.id(), call.toBuilder().id(id).build()));
            calls++;
        }
        return open.stream().map(Open::call).toList();
    }

    /** Another message than a result comes. */
    void close() {
        open.clear();
    }

    /** The call that a result answers; empty if there is none that waits. */
    Optional<ToolExecutionRequest> answeredBy(ToolExecutionResultMessage result) {
        for (Open waiting : open) {
            boolean answers = Objects.equals(result.id(), waiting.id())
                    && (result.id() != null
                            || result.toolName() == null
                            || result.toolName().equals(waiting.call().name()));
            if (answers) {
                open.remove(waiting);
                return Optional.of(waiting.call());
            }
        }
        return Optional.empty();
    }
}
