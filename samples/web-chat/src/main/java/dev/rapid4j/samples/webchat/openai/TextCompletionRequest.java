package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.model.chat.request.ChatRequest;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The body of {@code POST /v1/completions}. The models are made for conversations, and each of their prompts goes
 * through a chat template, so a prompt is a conversation of one message, which the answer follows.
 *
 * @param first what all prompts have in common, asked with the first one
 */
record TextCompletionRequest(ChatCompletionRequest first, List<ChatRequest> chatRequests) {

    /** OpenAI's, where a request does not say. */
    private static final int DEFAULT_MAX_TOKENS = 16;

    /** @throws OpenAiException if something is missing, out of range, or cannot be done */
    static TextCompletionRequest read(byte[] body) {
        ObjectNode request = Json.read(body, ObjectNode.class);
        List<String> prompts = prompts(request.path("prompt"));
        refuse(request, "suffix", "Text can be added behind a prompt, not in front of a suffix");
        refuse(request, "echo", "The prompt is not repeated: put it in front of the answer yourself");
        refuse(request, "logprobs", "Log probabilities are not available");
        if (!request.path("best_of").isMissingNode() && request.path("best_of").asInt(0) != 1) {
            refuse(request, "best_of", "All answers are given, as many as n says");
        }
        List.of("tools", "tool_choice", "response_format", "suffix", "echo", "logprobs", "best_of")
                .forEach(request::remove);
        if (request.path("max_tokens").isMissingNode()
                || request.path("max_tokens").isNull()) {
            request.put("max_tokens", DEFAULT_MAX_TOKENS);
        }
        List<ChatRequest> chatRequests = new ArrayList<>();
        ChatCompletionRequest first = null;
        for (String prompt : prompts) {
            request.putArray("messages").addObject().put("role", "user").put("content", prompt);
            ChatCompletionRequest asked = Json.convert(request, ChatCompletionRequest.class);
            first = first == null ? asked : first;
            chatRequests.addAll(asked.toChatRequests());
        }
        if (chatRequests.size() > ChatCompletionRequest.MAX_CHOICES) {
            throw OpenAiException.invalid(
                    "prompt",
                    "invalid_value",
                    "There are up to " + ChatCompletionRequest.MAX_CHOICES + " answers to a request, n to each prompt");
        }
        return new TextCompletionRequest(first, chatRequests);
    }

    private static void refuse(ObjectNode request, String param, String message) {
        JsonNode value = request.path(param);
        boolean given = !value.isMissingNode() && !value.isNull() && !(value.isBoolean() && !value.booleanValue());
        if (given) {
            throw OpenAiException.unsupported(param, message);
        }
    }

    private static List<String> prompts(JsonNode prompt) {
        List<JsonNode> prompts = prompt.isArray() ? prompt.valueStream().toList() : List.of(prompt);
        if (prompts.isEmpty() || !prompts.stream().allMatch(JsonNode::isString)) {
            throw OpenAiException.invalid(
                    "prompt", "invalid_type", "prompt must be a string, or an array of them; tokens are not read");
        }
        if (prompts.size() > ChatCompletionRequest.MAX_CHOICES) {
            throw OpenAiException.invalid(
                    "prompt", "invalid_value", "There may be up to " + ChatCompletionRequest.MAX_CHOICES + " prompts");
        }
        return prompts.stream().map(JsonNode::stringValue).toList();
    }
}
