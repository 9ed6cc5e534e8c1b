package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.TokenUsage;
import dev.rapid4j.RapidTokenUsage;
import java.util.List;
import java.util.function.ToIntFunction;

/** How many tokens a request took; a prompt counts once, however many answers it has. */
record Usage(
        int promptTokens,
        int completionTokens,
        int totalTokens,
        PromptTokensDetails promptTokensDetails,
        CompletionTokensDetails completionTokensDetails) {

    record PromptTokensDetails(int cachedTokens) {}

    /** @param acceptedPredictionTokens drafted tokens are what OpenAI calls predicted ones */
    record CompletionTokensDetails(int reasoningTokens, int acceptedPredictionTokens, int rejectedPredictionTokens) {}

    /**
     * @param answersToPrompt how many of the choices, one behind the other, answer the same prompt
     * @param tokens counts those of a text
     */
    static Usage of(List<ChatResponse> choices, int answersToPrompt, ToIntFunction<String> tokens) {
        int prompt = 0;
        int cached = 0;
        int completion = 0;
        int reasoning = 0;
        int accepted = 0;
        int rejected = 0;
        for (int i = 0; i < choices.size(); i++) {
            TokenUsage usage = choices.get(i).tokenUsage();
            String thinking = choices.get(i).aiMessage().thinking();
            completion += usage.outputTokenCount();
            reasoning += thinking == null ? 0 : Math.min(tokens.applyAsInt(thinking), usage.outputTokenCount());
            boolean counts = i % answersToPrompt == 0;
            prompt += counts ? usage.inputTokenCount() : 0;
            if (usage instanceof RapidTokenUsage rapid && rapid.draftedTokens() != null) {
                cached += counts ? rapid.cachedTokens() : 0;
                // the end token may have been drafted, and is no token of the answer
                accepted += Math.min(rapid.acceptedTokens(), usage.outputTokenCount());
                rejected += rapid.draftedTokens() - rapid.acceptedTokens();
            }
        }
        return new Usage(
                prompt,
                completion,
                prompt + completion,
                new PromptTokensDetails(cached),
                new CompletionTokensDetails(reasoning, accepted, rejected));
    }
}
