package dev.rapid4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ChatMessageSerializer;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;

/**
 * Tells the log what is asked and answered, each in one line.
 *
 * @param texts whether it is told what texts say; else only how long they are
 */
record RequestLog(Logger logger, boolean requests, boolean responses, boolean texts) {

    private static final AtomicLong NUMBERS = new AtomicLong();

    /** A request, whose end is told under the same number. */
    record Entry(RequestLog log, long number) {

        /** Waits for the end. */
        ChatResponse endingWith(Supplier<ChatResponse> answer) {
            ChatResponse response = unlessRefused(answer);
            end(response, null);
            return response;
        }

        /** What fails ends it. */
        <T> T unlessRefused(Supplier<T> step) {
            try {
                return step.get();
            } catch (RuntimeException e) {
                end(null, e);
                throw e;
            }
        }

        /** @param failure {@code null} if there is a response */
        void end(ChatResponse response, RuntimeException failure) {
            if (!log.responses) {
                return;
            }
            if (failure == null) {
                log.info("Response {}: {}; {}", number, log.message(response.aiMessage()), response.metadata());
            } else {
                log.info("Response {}: none, {}", number, log.reason(failure));
            }
        }
    }

    Entry request(ChatRequest request) {
        long number = NUMBERS.incrementAndGet();
        if (requests) {
            info("Request {}: {}; {}", number, messages(request.messages()), parameters(request.parameters()));
        }
        return new Entry(this, number);
    }

    /** A line stays one, whatever names and texts hold. */
    private void info(String format, Object... arguments) {
        Object[] lines = new Object[arguments.length];
        for (int i = 0; i < lines.length; i++) {
            lines[i] = String.valueOf(arguments[i]).replaceAll("[\\p{Cntrl}\\u2028\\u2029]", " ");
        }
        logger.info(format, lines);
    }

    private String messages(List<ChatMessage> messages) {
        return texts
                ? ChatMessageSerializer.messagesToJson(messages)
                : messages.stream().map(RequestLog::described).collect(Collectors.joining(", "));
    }

    private String message(AiMessage message) {
        return texts ? ChatMessageSerializer.messageToJson(message) : described(message);
    }

    /** Messages of exceptions quote names, templates and texts of requests. */
    private String reason(Throwable failure) {
        if (texts) {
            return failure.toString();
        }
        String described = failure.getClass().getName() + " " + length(failure.getMessage());
        return failure.getCause() == null
                ? described
                : described + ", caused by " + failure.getCause().getClass().getName();
    }

    private String parameters(ChatRequestParameters parameters) {
        if (texts) {
            return parameters.toString();
        }
        List<String> others = new ArrayList<>();
        if (!parameters.toolSpecifications().isEmpty()) {
            others.add(parameters.toolSpecifications().stream()
                    .map(ToolSpecification::name)
                    .collect(Collectors.joining(", ", "tools ", "")));
        }
        if (parameters.responseFormat() != null) {
            others.add("response format " + parameters.responseFormat().type());
        }
        if (!parameters.stopSequences().isEmpty()) {
            others.add(parameters.stopSequences().size() + " stop sequences");
        }
        ChatRequestParameters numbers = RapidChatRequestParameters.builder()
                .overrideWith(parameters)
                .toolSpecifications(List.of())
                .responseFormat((ResponseFormat) null)
                .stopSequences(List.of())
                .build();
        return others.isEmpty() ? numbers.toString() : String.join("; ", others) + "; " + numbers;
    }

    private static String described(ChatMessage message) {
        if (message instanceof SystemMessage system) {
            return "system " + length(system.text());
        }
        if (message instanceof UserMessage user) {
            return user.contents().stream().map(RequestLog::described).collect(Collectors.joining(" + ", "user ", ""));
        }
        if (message instanceof AiMessage answer) {
            return described(answer);
        }
        if (message instanceof ToolExecutionResultMessage result) {
            return "result of " + result.toolName() + " "
                    + result.contents().stream().map(RequestLog::described).collect(Collectors.joining(" + "));
        }
        return message.type().toString();
    }

    private static String described(Content content) {
        return content instanceof TextContent text
                ? length(text.text())
                : content.type().toString();
    }

    private static String described(AiMessage message) {
        List<String> parts = new ArrayList<>();
        if (message.thinking() != null) {
            parts.add("thinking " + length(message.thinking()));
        }
        if (message.text() != null) {
            parts.add(length(message.text()));
        }
        if (message.hasToolExecutionRequests()) {
            parts.add(message.toolExecutionRequests().stream()
                    .map(RequestLog::described)
                    .collect(Collectors.joining(" + ", "calls of ", "")));
        }
        return "assistant " + (parts.isEmpty() ? "without text" : String.join(" + ", parts));
    }

    private static String described(ToolExecutionRequest call) {
        return call.name() + " " + length(call.arguments());
    }

    private static String length(String text) {
        return "(" + (text == null ? 0 : text.length()) + " characters)";
    }
}
