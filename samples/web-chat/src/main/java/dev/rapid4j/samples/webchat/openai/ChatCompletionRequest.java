package dev.rapid4j.samples.webchat.openai;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonFormat.Feature;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.rapid4j.DraftContext;
import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatRequestParameters;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/**
 * The body of {@code POST /v1/chat/completions}: what can be done, what is refused because it cannot be done and would
 * change the answer, and {@link Rapid}. All else that clients send is ignored, but not in {@link Rapid}.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record ChatCompletionRequest(
        String model,
        List<Messages.Message> messages,
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
        List<Tools.Tool> tools,
        JsonNode toolChoice,
        Boolean parallelToolCalls,
        JsonNode functions,
        AnswerFormat responseFormat,
        JsonNode modalities,
        JsonNode audio,
        Boolean logprobs,
        Integer topLogprobs,
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
            Integer passages,
            Boolean thinking,
            Integer maxThinkingTokens) {

        static final Rapid NONE = new Rapid(null, null, null, null, null, null, null, null, null, null, null);
    }

    /** Most answers to a request. */
    static final int MAX_CHOICES = 8;

    boolean streamed() {
        return Boolean.TRUE.equals(stream);
    }

    boolean includesUsage() {
        return streamOptions != null && Boolean.TRUE.equals(streamOptions.includeUsage);
    }

    /** Whether an answer may call more than one tool. */
    boolean callsSeveral() {
        return !Boolean.FALSE.equals(parallelToolCalls);
    }

    /**
     * One for each answer; those after the first have other seeds.
     *
     * @throws OpenAiException if something is missing, out of range, or cannot be done
     */
    List<ChatRequest> toChatRequests() {
        refuseWhatCannotBeDone();
        int choices = n == null ? 1 : n;
        if (choices < 1 || choices > MAX_CHOICES) {
            throw OpenAiException.invalid("n", "invalid_value", "n must be from 1 to " + MAX_CHOICES);
        }
        List<ChatMessage> chatMessages = Messages.of(messages);
        RapidChatRequestParameters parameters = parameters();
        return IntStream.range(0, choices)
                .mapToObj(choice -> ChatRequest.builder()
                        .messages(chatMessages)
                        .parameters(
                                parameters.seed() == null
                                        ? parameters
                                        : RapidChatRequestParameters.builder()
                                                .overrideWith(parameters)
                                                .seed(parameters.seed() + choice)
                                                .build())
                        .build())
                .toList();
    }

    private RapidChatRequestParameters parameters() {
        Rapid own = rapid == null ? Rapid.NONE : rapid;
        boolean newName = maxCompletionTokens != null;
        Tools called = Tools.of(tools, toolChoice);
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
                .with("rapid.thinking", parameters -> parameters.thinking(own.thinking))
                .with("rapid.max_thinking_tokens", parameters -> parameters.maxThinkingTokens(own.maxThinkingTokens))
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
                .toolSpecifications(called.offered())
                .toolChoice(called.offered().isEmpty() ? null : called.choice())
                .responseFormat(responseFormat == null ? null : responseFormat.responseFormat())
                .returnThinking(true)
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
        refuseIf(isGiven(functions), "functions", "Functions are called as tools: give them as tools");
        refuseIf(
                modalities != null && !modalities.isNull() && !isTextOnly(modalities),
                "modalities",
                "This model writes text only");
        refuseIf(isGiven(audio), "audio", "This model writes text only");
        refuseIf(
                Boolean.TRUE.equals(logprobs),
                "logprobs",
                "Log probabilities are not available: the model's distribution is never brought out of the engine");
        refuseIf(topLogprobs != null && topLogprobs != 0, "top_logprobs", "Log probabilities are not available");
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
}
