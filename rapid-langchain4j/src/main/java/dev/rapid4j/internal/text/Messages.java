package dev.rapid4j.internal.text;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.rapid4j.LongText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** LangChain4j's messages as plain text: what is supported, and how it becomes turns. */
public final class Messages {

    private Messages() {}

    /** @throws InvalidRequestException or UnsupportedFeatureException if the messages cannot be answered */
    public static void check(List<ChatMessage> messages) {
        checkEach(messages);
        if (lastUserMessage(messages) < 0) {
            throw new InvalidRequestException("There is no user message, so there is no question to answer");
        }
        checkResults(messages);
        if (messages.get(messages.size() - 1) instanceof AiMessage last) {
            checkStarted(last);
        }
    }

    /** A call may be without a result, as an application leaves it that failed; a result without a call is none. */
    private static void checkResults(List<ChatMessage> messages) {
        OpenCalls calls = new OpenCalls();
        for (int i = 0; i < messages.size(); i++) {
            if (messages.get(i) instanceof AiMessage ai) {
                calls.of(ai);
            } else if (messages.get(i) instanceof ToolExecutionResultMessage result) {
                if (calls.answeredBy(result).isEmpty()) {
                    throw new InvalidRequestException(("Message %d is a result of the tool '%s' (id %s), but the AI"
                                    + " message before it has no such call that waits for a result; keep a call and its"
                                    + " results together, in this order")
                            .formatted(i, result.toolName(), result.id()));
                }
            } else {
                calls.close();
            }
        }
    }

    private static void checkStarted(AiMessage last) {
        if (last.hasToolExecutionRequests()) {
            throw new InvalidRequestException("The last message calls the tool '"
                    + last.toolExecutionRequests().get(0).name()
                    + "', and no result follows, so there is nothing to answer; add the results");
        }
        if (last.thinking() != null && !last.thinking().isEmpty()) {
            throw new InvalidRequestException(
                    "The last message is an AI message with thinking; an answer can go on only"
                            + " from text, so leave the thinking out");
        }
        if (textOf(last).isBlank()) {
            throw new InvalidRequestException(
                    "The last message is an AI message without text, so there is nothing to go"
                            + " on from; end with a user message, or with the beginning of the answer");
        }
    }

    /** @throws InvalidRequestException or UnsupportedFeatureException if a message can be in no conversation */
    static void checkEach(List<ChatMessage> messages) {
        for (int i = 0; i < messages.size(); i++) {
            ChatMessage message = messages.get(i);
            if (message instanceof UserMessage user) {
                checkUser(user, i);
            } else if (message instanceof AiMessage ai) {
                checkAi(ai, i);
            } else if (message instanceof SystemMessage system) {
                checkCharacters(system.text(), i);
            } else if (message instanceof ToolExecutionResultMessage result) {
                checkResult(result, i);
            } else {
                throw new UnsupportedFeatureException("Message " + i + " is a "
                        + message.getClass().getSimpleName() + ", which is not supported: "
                        + "only system, user and AI messages and tools' results are");
            }
        }
    }

    private static void checkUser(UserMessage user, int message) {
        if (user.name() != null) {
            throw new UnsupportedFeatureException("Message " + message + " has the user name '" + user.name()
                    + "', which is not supported: chat templates have no place for it; put it into the text");
        }
        checkContents(user.contents(), message);
        if (user.contents().stream().allMatch(content -> isBlank(text(content)))) {
            throw new InvalidRequestException(
                    "Message " + message + " is a user message without text; an empty question has no answer");
        }
    }

    private static void checkContents(List<Content> contents, int message) {
        for (Content content : contents) {
            if (!(content instanceof TextContent text)) {
                throw new UnsupportedFeatureException("Message " + message + " has content of type "
                        + content.type().name().toLowerCase(Locale.ROOT)
                        + ", which is not supported: only text is");
            }
            checkCharacters(text.text(), message);
        }
    }

    private static void checkResult(ToolExecutionResultMessage result, int message) {
        checkContents(result.contents(), message);
        checkCharacters(orEmpty(result.id()), message);
        checkCharacters(orEmpty(result.toolName()), message);
    }

    private static void checkAi(AiMessage ai, int message) {
        for (ToolExecutionRequest call : ai.toolExecutionRequests()) {
            if (call.name() == null || call.name().isBlank()) {
                throw new InvalidRequestException("Message " + message + " calls a tool without a name");
            }
            checkCharacters(call.name(), message);
            checkCharacters(orEmpty(call.id()), message);
            checkCharacters(orEmpty(call.arguments()), message);
        }
        if (!ai.images().isEmpty()) {
            throw new UnsupportedFeatureException(
                    "Message " + message + " holds generated images, which are not supported: only text is");
        }
        checkCharacters(textOf(ai), message);
        checkCharacters(orEmpty(ai.thinking()), message);
    }

    private static void checkCharacters(String text, int message) {
        Characters.halfOfPair(text).ifPresent(place -> {
            throw new InvalidRequestException(
                    "The text of message %d is not valid UTF-16: character %d (\\u%04X) is half of a pair"
                            .formatted(message, place, (int) text.charAt(place)));
        });
    }

    /** The text from which the answer is to go on, if there is one. */
    public static Optional<String> started(List<ChatMessage> messages) {
        return messages.get(messages.size() - 1) instanceof AiMessage last
                ? Optional.of(textOf(last))
                : Optional.empty();
    }

    /** Whether there is nothing to embed: for LangChain4j's segments, control characters are nothing. */
    public static boolean isBlank(String text) {
        return text.isBlank() || text.chars().allMatch(c -> c <= ' ');
    }

    /** Index of the last user message, or -1. */
    public static int lastUserMessage(List<ChatMessage> messages) {
        int last = messages.size() - 1;
        while (last >= 0 && !(messages.get(last) instanceof UserMessage)) {
            last--;
        }
        return last;
    }

    /** Number of contents of a user message. */
    public static int contents(List<ChatMessage> messages, int message) {
        return ((UserMessage) messages.get(message)).contents().size();
    }

    /** The text of one content of a user message. */
    public static String text(List<ChatMessage> messages, int message, int content) {
        return text(((UserMessage) messages.get(message)).contents().get(content));
    }

    private static String text(Content content) {
        return ((TextContent) content).text();
    }

    /** The long text itself. */
    public static Excerpt text(List<ChatMessage> messages, LongText longText) {
        return new Excerpt(text(messages, longText.message(), longText.content()), longText.start(), longText.end());
    }

    /** The messages as they are. */
    public static List<Turn> turns(List<ChatMessage> messages) {
        return turns(messages, List.of(), List.of());
    }

    /** The messages with each long text replaced. */
    public static List<Turn> turns(List<ChatMessage> messages, List<LongText> longTexts, List<String> replacements) {
        List<Turn> turns = new ArrayList<>();
        OpenCalls calls = new OpenCalls();
        for (int i = 0; i < messages.size(); i++) {
            ChatMessage message = messages.get(i);
            if (message instanceof AiMessage ai) {
                turns.add(new Turn(
                        Turn.ASSISTANT, List.of(textOf(ai)), orEmpty(ai.thinking()), calls.of(ai), Optional.empty()));
            } else if (message instanceof ToolExecutionResultMessage result) {
                turns.add(resultTurn(result, calls));
            } else if (message instanceof SystemMessage system) {
                calls.close();
                turns.add(new Turn(Turn.SYSTEM, system.text()));
            } else {
                calls.close();
                List<String> texts = new ArrayList<>();
                for (int content = 0; content < contents(messages, i); content++) {
                    texts.add(replaced(messages, i, content, longTexts, replacements));
                }
                turns.add(new Turn(Turn.USER, texts));
            }
        }
        return List.copyOf(turns);
    }

    /** Of a result without a call there can be tokens to count all the same. */
    private static Turn resultTurn(ToolExecutionResultMessage result, OpenCalls calls) {
        ToolExecutionRequest answered = calls.answeredBy(result)
                .orElseGet(() -> ToolExecutionRequest.builder()
                        .id(orEmpty(result.id()))
                        .name(orEmpty(result.toolName()))
                        .build());
        List<String> texts = result.contents().stream().map(Messages::text).toList();
        return new Turn(Turn.TOOL, texts, "", List.of(), Optional.of(answered));
    }

    private static String replaced(
            List<ChatMessage> messages, int message, int content, List<LongText> longTexts, List<String> replacements) {
        String text = text(messages, message, content);
        if (longTexts.stream().noneMatch(longText -> longText.message() == message && longText.content() == content)) {
            return text;
        }
        StringBuilder result = new StringBuilder();
        int done = 0;
        for (int i = 0; i < longTexts.size(); i++) {
            LongText longText = longTexts.get(i);
            if (longText.message() == message && longText.content() == content) {
                result.append(text, done, longText.start()).append(replacements.get(i));
                done = longText.end();
            }
        }
        return result.append(text, done, text.length()).toString();
    }

    private static String textOf(AiMessage ai) {
        return orEmpty(ai.text());
    }

    private static String orEmpty(String text) {
        return text == null ? "" : text;
    }
}
