package dev.rapid4j.samples.webchat.openai;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonFormat.Feature;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.rapid4j.DraftContext;
import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatRequestParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * The body of {@code POST /v1/chat/completions}: what can be done, what is refused because it cannot be done and would
 * change the answer, and {@link Rapid}. All else that clients send is ignored, but not in {@link Rapid}.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record ChatCompletionRequest(
        String model,
        List<Message> messages,
        Double temperature,
        Double topP,
        Integer topK,
        Integer maxTokens,
        Integer maxCompletionTokens,

        @JsonFormat(with = Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
        List<JsonNode> stop,

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
        JsonNode modalities,
        JsonNode audio,
        Boolean logprobs,
        JsonNode logitBias,
        JsonNode webSearchOptions) {

    @JsonIgnoreProperties(ignoreUnknown = true)
    record StreamOptions(Boolean includeUsage) {}

    /** RAPID's own parameters, see {@link RapidChatRequestParameters}. */
    record Rapid(
            Mode mode,
            Double margin,
            Integer draftTokens,
            Double confidenceThreshold,
            Double plausibility,
            Boolean learnEveryToken,
            Boolean lookupDrafting,
            DraftContext draftContext,
            Integer passages) {

        static final Rapid NONE = new Rapid(null, null, null, null, null, null, null, null, null);
    }

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Message(
            String role,

            @JsonFormat(with = Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
            List<Part> content,

            String name,
            JsonNode toolCalls) {}

    /** A part of a message's content; a string instead of an array of parts is a single one. */
    @JsonIgnoreProperties(ignoreUnknown = true)
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

    /** @throws OpenAiException if something is missing, out of range, or cannot be done */
    ChatRequest toChatRequest() {
        refuseWhatCannotBeDone();
        return ChatRequest.builder()
                .messages(chatMessages())
                .parameters(parameters())
                .build();
    }

    private RapidChatRequestParameters parameters() {
        Rapid own = rapid == null ? Rapid.NONE : rapid;
        boolean newName = maxCompletionTokens != null;
        return new Parameters()
                .with("temperature", parameters -> parameters.temperature(temperature))
                .with("top_p", parameters -> parameters.topP(topP))
                .with("top_k", parameters -> parameters.topK(topK))
                .with(
                        newName ? "max_completion_tokens" : "max_tokens",
                        parameters -> parameters.maxOutputTokens(newName ? maxCompletionTokens : maxTokens))
                .with("stop", parameters -> parameters.stopSequences(stopSequences()))
                .with("seed", parameters -> parameters.seed(seed == null ? null : seed.intValue()))
                .with("frequency_penalty", parameters -> parameters.frequencyPenalty(frequencyPenalty))
                .with("presence_penalty", parameters -> parameters.presencePenalty(presencePenalty))
                .with("rapid.mode", parameters -> parameters.mode(own.mode))
                .with("rapid.margin", parameters -> parameters.margin(own.margin))
                .with("rapid.draft_tokens", parameters -> parameters.draftTokens(own.draftTokens))
                .with(
                        "rapid.confidence_threshold",
                        parameters -> parameters.confidenceThreshold(own.confidenceThreshold))
                .with("rapid.plausibility", parameters -> parameters.plausibility(own.plausibility))
                .with("rapid.learn_every_token", parameters -> parameters.learnEveryToken(own.learnEveryToken))
                .with("rapid.lookup_drafting", parameters -> parameters.lookupDrafting(own.lookupDrafting))
                .with("rapid.draft_context", parameters -> parameters.draftContext(own.draftContext))
                .with("rapid.passages", parameters -> parameters.passages(own.passages))
                .all
                .modelName(model)
                .build();
    }

    /** Parameters, each checked by itself, so that the one that is out of range can be named. */
    private static final class Parameters {

        /** The beginning of messages about a parameter. */
        private static final Pattern JAVA_NAME = Pattern.compile("^\\w+");

        private final RapidChatRequestParameters.Builder all = RapidChatRequestParameters.builder();

        Parameters with(String param, Consumer<RapidChatRequestParameters.Builder> setting) {
            RapidChatRequestParameters.Builder alone = RapidChatRequestParameters.builder();
            setting.accept(alone);
            try {
                alone.build().validate();
            } catch (IllegalArgumentException e) {
                throw OpenAiException.invalid(
                        param,
                        "invalid_value",
                        JAVA_NAME.matcher(e.getMessage()).replaceFirst(param));
            }
            setting.accept(all);
            return this;
        }
    }

    private List<String> stopSequences() {
        if (stop == null) {
            return null;
        }
        for (int i = 0; i < stop.size(); i++) {
            if (!stop.get(i).isString()) {
                throw OpenAiException.invalid("stop[" + i + "]", "invalid_type", "stop[" + i + "] must be a string");
            }
        }
        return stop.stream().map(JsonNode::stringValue).toList();
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
                modalities != null && !modalities.isNull() && !isTextOnly(modalities),
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

    private static boolean isTextOnly(JsonNode modalities) {
        return modalities.isArray() && modalities.valueStream().allMatch(modality -> isOneOf(modality, "text"));
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
