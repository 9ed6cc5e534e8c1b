package dev.rapid4j.samples.webchat.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.samples.webchat.openai.Messages.ToolCall;
import dev.rapid4j.samples.webchat.openai.Messages.ToolCall.Function;
import dev.rapid4j.samples.webchat.openai.PendingAnswer.Event.Part;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/**
 * An answer, or a chunk of a streamed one.
 *
 * @param created seconds since 1970
 * @param usage {@code null} where OpenAI has none
 * @param rapid an extension: how the answer, the first of several, came about; {@code null} in all chunks but those
 *     with a finish reason
 */
record ChatCompletion(
        String id, String object, long created, String model, List<Choice> choices, Usage usage, Rapid rapid) {

    private static final String CHUNK = "chat.completion.chunk";

    record Choice(
            int index,
            Message message,
            Delta delta,
            @JsonInclude(JsonInclude.Include.ALWAYS) String finishReason) {}

    /** @param reasoningContent an extension, as other servers have it: what the model thought before it answered */
    record Message(
            String role,
            @JsonInclude(JsonInclude.Include.ALWAYS) String content,
            String reasoningContent,
            List<ToolCall> toolCalls) {}

    /** What a chunk adds to a message. */
    record Delta(String role, String content, String reasoningContent, List<ToolCall> toolCalls) {}

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

    /**
     * What all chunks of an answer have in common.
     *
     * @param tokens counts those of a text
     */
    record Format(String id, long created, String model, ToIntFunction<String> tokens) implements CompletionFormat {

        static Format of(String model, ToIntFunction<String> tokens) {
            return new Format("chatcmpl-" + UUID.randomUUID(), Instant.now().getEpochSecond(), model, tokens);
        }

        @Override
        public Object whole(List<ChatResponse> choices) {
            return new ChatCompletion(
                    id,
                    "chat.completion",
                    created,
                    model,
                    IntStream.range(0, choices.size())
                            .mapToObj(index -> choice(index, choices.get(index)))
                            .toList(),
                    Usage.of(choices, choices.size(), tokens),
                    ChatCompletion.rapid(choices.get(0)));
        }

        private static Choice choice(int index, ChatResponse response) {
            AiMessage answer = response.aiMessage();
            List<ToolCall> calls = answer.toolExecutionRequests().stream()
                    .map(call -> new ToolCall(null, call.id(), "function", new Function(call.name(), call.arguments())))
                    .toList();
            boolean nothing = answer.text() == null && calls.isEmpty();
            Message message = new Message(
                    "assistant", nothing ? "" : answer.text(), answer.thinking(), calls.isEmpty() ? null : calls);
            return new Choice(index, message, null, finishReason(response));
        }

        @Override
        public Optional<Object> begin(int choice) {
            return Optional.of(chunk(choice, new Delta("assistant", "", null, null), null, null));
        }

        @Override
        public Optional<Object> part(int choice, Part part) {
            return Optional.of(chunk(choice, delta(part), null, null));
        }

        private static Delta delta(Part part) {
            if (part instanceof Part.Text text) {
                return new Delta(null, text.text(), null, null);
            }
            if (part instanceof Part.Thinking thinking) {
                return new Delta(null, null, thinking.text(), null);
            }
            Part.Call call = (Part.Call) part;
            ToolCall piece = call.begins()
                    ? new ToolCall(call.index(), call.id(), "function", new Function(call.tool(), call.arguments()))
                    : new ToolCall(call.index(), null, null, new Function(null, call.arguments()));
            return new Delta(null, null, null, List.of(piece));
        }

        @Override
        public Object finish(int choice, ChatResponse response) {
            return chunk(
                    choice, new Delta(null, null, null, null), finishReason(response), ChatCompletion.rapid(response));
        }

        @Override
        public Object usage(List<ChatResponse> choices) {
            return new ChatCompletion(
                    id, CHUNK, created, model, List.of(), Usage.of(choices, choices.size(), tokens), null);
        }

        private ChatCompletion chunk(int choice, Delta delta, String finishReason, Rapid rapid) {
            return new ChatCompletion(
                    id, CHUNK, created, model, List.of(new Choice(choice, null, delta, finishReason)), null, rapid);
        }
    }

    static String finishReason(ChatResponse response) {
        if (response.aiMessage().hasToolExecutionRequests()) {
            return "tool_calls";
        }
        return response.finishReason() == FinishReason.LENGTH ? "length" : "stop";
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
