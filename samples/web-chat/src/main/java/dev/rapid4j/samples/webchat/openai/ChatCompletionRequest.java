package dev.rapid4j.samples.webchat.openai;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonFormat.Feature;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.decoding.Mode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * The body of {@code POST /v1/chat/completions}: what can be done, what is refused because it cannot be done and would
 * change the answer, and {@link Rapid}. All else that clients send is ignored.
 */
record ChatCompletionRequest(
        String model,
        List<Message> messages,
        Double temperature,
        Double topP,
        Integer topK,
        Integer maxTokens,
        Integer maxCompletionTokens,

        @JsonFormat(with = Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
        List<String> stop,

        Long seed,
        Double frequencyPenalty,
        Double presencePenalty,
        Boolean stream,
        StreamOptions streamOptions,
        Rapid rapid,
        Integer n,
        JsonNode tools,
        JsonNode toolChoice,
        JsonNode functions,
        JsonNode responseFormat,
        List<String> modalities,
        JsonNode audio,
        Boolean logprobs,
        JsonNode logitBias,
        JsonNode webSearchOptions) {

    record StreamOptions(Boolean includeUsage) {}

    /** RAPID's own parameters, see {@link RapidChatRequestParameters}. */
    record Rapid(
            Mode mode,
            Double margin,
            Integer draftTokens,
            Double confidenceThreshold,
            Double plausibility,
            Integer passages) {

        static final Rapid NONE = new Rapid(null, null, null, null, null, null);
    }

    record Message(
            String role,

            @JsonFormat(with = Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
            List<Part> content,

            String name,
            JsonNode toolCalls) {}

    /** A part of a message's content; a string instead of an array of parts is a single one. */
    record Part(String type, String text) {

        @JsonCreator(mode = JsonCreator.Mode.PROPERTIES)
        Part {}

        @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
        static Part of(String text) {
            return new Part("text", text);
        }
    }

    boolean streamed() {
        return Boolean.TRUE.equals(stream);
    }

    boolean includesUsage() {
        return streamOptions != null && Boolean.TRUE.equals(streamOptions.includeUsage);
    }

    /** @throws OpenAiException if something is missing, or cannot be done */
    ChatRequest toChatRequest() {
        refuseWhatCannotBeDone();
        Rapid own = rapid == null ? Rapid.NONE : rapid;
        return ChatRequest.builder()
                .messages(chatMessages())
                .parameters(RapidChatRequestParameters.builder()
                        .modelName(model)
                        .temperature(temperature)
                        .topP(topP)
                        .topK(topK)
                        .maxOutputTokens(maxCompletionTokens == null ? maxTokens : maxCompletionTokens)
                        .stopSequences(stop)
                        .seed(seed == null ? null : seed.intValue())
                        .frequencyPenalty(frequencyPenalty)
                        .presencePenalty(presencePenalty)
                        .mode(own.mode)
                        .margin(own.margin)
                        .draftTokens(own.draftTokens)
                        .confidenceThreshold(own.confidenceThreshold)
                        .plausibility(own.plausibility)
                        .passages(own.passages)
                        .build())
                .build();
    }

    private void refuseWhatCannotBeDone() {
        refuseIf(n != null && n != 1, "n", "There is one answer to a request: leave n out, or at 1");
        refuseIf(isGiven(tools), "tools", "This model cannot call tools");
        refuseIf(isGiven(functions), "functions", "This model cannot call functions");
        refuseIf(
                isGiven(toolChoice) && !isOneOf(toolChoice, "none", "auto"),
                "tool_choice",
                "This model cannot call tools");
        refuseIf(
                isGiven(responseFormat) && !isOneOf(responseFormat.path("type"), "text"),
                "response_format",
                "This model writes text only; ask for JSON in the prompt, and check what comes");
        refuseIf(
                modalities != null && !List.of("text").containsAll(modalities),
                "modalities",
                "This model writes text only");
        refuseIf(isGiven(audio), "audio", "This model writes text only");
        refuseIf(Boolean.TRUE.equals(logprobs), "logprobs", "Log probabilities are not available");
        refuseIf(isGiven(logitBias), "logit_bias", "A logit bias is not supported");
        refuseIf(isGiven(webSearchOptions), "web_search_options", "This model cannot search the web");
    }

    private static void refuseIf(boolean refused, String param, String message) {
        if (refused) {
            throw OpenAiException.unsupported(param, message);
        }
    }

    private static boolean isGiven(JsonNode node) {
        return node != null && !node.isNull() && !(node.isContainer() && node.isEmpty());
    }

    private static boolean isOneOf(JsonNode node, String... values) {
        return node.isString() && List.of(values).contains(node.stringValue());
    }

    private List<ChatMessage> chatMessages() {
        if (messages == null || messages.isEmpty()) {
            throw OpenAiException.invalid("messages", null, "messages must hold at least one message");
        }
        List<ChatMessage> chatMessages = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            chatMessages.add(chatMessage(messages.get(i), "messages[" + i + "]"));
        }
        return chatMessages;
    }

    private static ChatMessage chatMessage(Message message, String param) {
        if (message == null || message.role == null) {
            throw OpenAiException.invalid(param + ".role", null, "A message needs a role");
        }
        refuseIf(isGiven(message.toolCalls), param + ".tool_calls", "This model cannot call tools");
        List<String> texts = texts(message, param + ".content");
        return switch (message.role) {
            case "system", "developer" -> new SystemMessage(joined(texts, param + ".content"));
            case "user" ->
                UserMessage.from(
                        message.name, texts.stream().map(TextContent::from).collect(Collectors.<Content>toList()));
            case "assistant" -> new AiMessage(String.join("\n\n", texts));
            case "tool", "function" ->
                throw OpenAiException.unsupported(param + ".role", "This model cannot call tools");
            default ->
                throw OpenAiException.invalid(
                        param + ".role", "invalid_value", "A message's role is system, developer, user or assistant");
        };
    }

    private static String joined(List<String> texts, String param) {
        String joined = String.join("\n\n", texts);
        if (joined.isBlank()) {
            throw OpenAiException.invalid(param, null, "A system message needs a text; leave it out if it has none");
        }
        return joined;
    }

    private static List<String> texts(Message message, String param) {
        if (message.content == null || message.content.isEmpty()) {
            if (message.role.equals("assistant")) {
                return List.of();
            }
            throw OpenAiException.invalid(param, null, "A message of the role " + message.role + " needs a content");
        }
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < message.content.size(); i++) {
            Part part = message.content.get(i);
            String partParam = param + "[" + i + "]";
            refuseIf(
                    part == null || !"text".equals(part.type),
                    partParam + ".type",
                    "This model reads text only, no images, audio or files: put a document's text into a part of type text");
            if (part.text == null) {
                throw OpenAiException.invalid(partParam + ".text", null, "A part of type text needs a text");
            }
            texts.add(part.text);
        }
        return texts;
    }
}
