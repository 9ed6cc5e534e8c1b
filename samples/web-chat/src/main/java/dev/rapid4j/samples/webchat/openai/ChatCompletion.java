package dev.rapid4j.samples.webchat.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatResponseMetadata;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * An answer, or a chunk of a streamed one.
 *
 * @param created seconds since 1970
 * @param usage {@code null} where OpenAI has none
 * @param rapid an extension: how the answer came about; {@code null} in all chunks but the one with the finish reason
 */
record ChatCompletion(
        String id, String object, long created, String model, List<Choice> choices, Usage usage, Rapid rapid) {

    private static final String CHUNK = "chat.completion.chunk";

    record Choice(
            int index,
            Message message,
            Message delta,
            @JsonInclude(JsonInclude.Include.ALWAYS) String finishReason) {}

    record Message(String role, String content) {}

    /** @param completionTokensDetails drafted tokens are what OpenAI calls predicted ones */
    record Usage(
            int promptTokens,
            int completionTokens,
            int totalTokens,
            PromptTokensDetails promptTokensDetails,
            CompletionTokensDetails completionTokensDetails) {

        /** @param cachedTokens at least so many: the engine counts those of the other model's prompt, too */
        record PromptTokensDetails(int cachedTokens) {}

        record CompletionTokensDetails(int acceptedPredictionTokens, int rejectedPredictionTokens) {}
    }

    /**
     * What a {@link RapidChatResponseMetadata} tells; times in seconds.
     *
     * @param shortened whether the target did not read the middle of the long texts
     * @param cachedTokens tokens of both prompts that were found in KV caches
     * @param restoredTokens of these, those that were read from the disk
     */
    record Rapid(
            Mode mode,
            Integer seed,
            boolean shortened,
            int targetPromptTokens,
            int drafterPromptTokens,
            int cachedTokens,
            int restoredTokens,
            int rounds,
            int roundsWithoutDraft,
            int draftedTokens,
            int acceptedTokens,
            int lookupDraftedTokens,
            int lookupAcceptedTokens,
            double acceptanceRate,
            double tokensPerSecond,
            double retrievalSeconds,
            double prefillSeconds,
            double decodingSeconds,
            Double timeToFirstTokenSeconds,
            List<Passage> passages) {

        /** Where a passage stands that the drafter read, in the long text of that number. */
        record Passage(int source, int start, int end, double score) {}
    }

    /** What all chunks of an answer have in common. */
    record Head(String id, long created, String model) {

        static Head of(String model) {
            return new Head("chatcmpl-" + UUID.randomUUID(), Instant.now().getEpochSecond(), model);
        }

        ChatCompletion whole(ChatResponse response) {
            String text = response.aiMessage().text();
            Message message = new Message("assistant", text == null ? "" : text);
            Choice choice = new Choice(0, message, null, ChatCompletion.finishReason(response));
            return new ChatCompletion(
                    id,
                    "chat.completion",
                    created,
                    model,
                    List.of(choice),
                    ChatCompletion.usage(response),
                    ChatCompletion.rapid(response));
        }

        /** The first chunk. */
        ChatCompletion role() {
            return chunk(new Message("assistant", ""), null, null);
        }

        ChatCompletion text(String text) {
            return chunk(new Message(null, text), null, null);
        }

        ChatCompletion finish(ChatResponse response) {
            return chunk(
                    new Message(null, null), ChatCompletion.finishReason(response), ChatCompletion.rapid(response));
        }

        ChatCompletion usage(ChatResponse response) {
            return new ChatCompletion(id, CHUNK, created, model, List.of(), ChatCompletion.usage(response), null);
        }

        private ChatCompletion chunk(Message delta, String finishReason, Rapid rapid) {
            return new ChatCompletion(
                    id, CHUNK, created, model, List.of(new Choice(0, null, delta, finishReason)), null, rapid);
        }
    }

    private static String finishReason(ChatResponse response) {
        return response.finishReason() == FinishReason.LENGTH ? "length" : "stop";
    }

    private static Usage usage(ChatResponse response) {
        TokenUsage tokens = response.tokenUsage();
        Usage.PromptTokensDetails prompt = null;
        Usage.CompletionTokensDetails completion = null;
        if (response.metadata() instanceof RapidChatResponseMetadata metadata) {
            GenerationStatistics statistics = metadata.statistics();
            int otherPrompt =
                    statistics.targetPromptTokens() + statistics.drafterPromptTokens() - tokens.inputTokenCount();
            prompt = new Usage.PromptTokensDetails(Math.max(0, statistics.cachedTokens() - otherPrompt));
            completion = new Usage.CompletionTokensDetails(
                    // the end token may have been drafted, and is no token of the answer
                    Math.min(statistics.acceptedTokens(), statistics.emittedTokens()),
                    statistics.draftedTokens() - statistics.acceptedTokens());
        }
        return new Usage(
                tokens.inputTokenCount(), tokens.outputTokenCount(), tokens.totalTokenCount(), prompt, completion);
    }

    private static Rapid rapid(ChatResponse response) {
        if (!(response.metadata() instanceof RapidChatResponseMetadata metadata)) {
            return null;
        }
        GenerationStatistics statistics = metadata.statistics();
        return new Rapid(
                metadata.mode(),
                metadata.seed(),
                metadata.shortened(),
                statistics.targetPromptTokens(),
                statistics.drafterPromptTokens(),
                statistics.cachedTokens(),
                statistics.restoredTokens(),
                statistics.rounds(),
                statistics.roundsWithoutDraft(),
                statistics.draftedTokens(),
                statistics.acceptedTokens(),
                statistics.lookupDraftedTokens(),
                statistics.lookupAcceptedTokens(),
                statistics.acceptanceRate(),
                statistics.tokensPerSecond(),
                seconds(statistics.retrieval()),
                seconds(statistics.prefill()),
                seconds(statistics.decoding()),
                metadata.timeToFirstToken() == null ? null : seconds(metadata.timeToFirstToken()),
                metadata.passages().stream()
                        .map(passage ->
                                new Rapid.Passage(passage.source(), passage.start(), passage.end(), passage.score()))
                        .toList());
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}
