package dev.rapid4j.samples.webchat.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.rapid4j.samples.webchat.openai.PendingAnswer.Event.Part;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/**
 * A legacy completion, or a chunk of a streamed one.
 *
 * @param created seconds since 1970
 */
record TextCompletion(String id, String object, long created, String model, List<Choice> choices, Usage usage) {

    record Choice(
            int index,
            String text,
            @JsonInclude(JsonInclude.Include.ALWAYS) Object logprobs,
            @JsonInclude(JsonInclude.Include.ALWAYS) String finishReason) {}

    /**
     * What all chunks have in common.
     *
     * @param answersToPrompt how many choices there are for each prompt
     * @param tokens counts those of a text
     */
    record Format(String id, long created, String model, int answersToPrompt, ToIntFunction<String> tokens)
            implements CompletionFormat {

        static Format of(String model, int answersToPrompt, ToIntFunction<String> tokens) {
            return new Format(
                    "cmpl-" + UUID.randomUUID(), Instant.now().getEpochSecond(), model, answersToPrompt, tokens);
        }

        @Override
        public Object whole(List<ChatResponse> choices) {
            return completion(
                    IntStream.range(0, choices.size())
                            .mapToObj(index -> {
                                ChatResponse response = choices.get(index);
                                String text = response.aiMessage().text();
                                return new Choice(
                                        index, text == null ? "" : text, null, ChatCompletion.finishReason(response));
                            })
                            .toList(),
                    Usage.of(choices, answersToPrompt, tokens));
        }

        @Override
        public Optional<Object> begin(int choice) {
            return Optional.empty();
        }

        @Override
        public Optional<Object> part(int choice, Part part) {
            return part instanceof Part.Text text
                    ? Optional.of(completion(List.of(new Choice(choice, text.text(), null, null)), null))
                    : Optional.empty();
        }

        @Override
        public Object finish(int choice, ChatResponse response) {
            return completion(List.of(new Choice(choice, "", null, ChatCompletion.finishReason(response))), null);
        }

        @Override
        public Object usage(List<ChatResponse> choices) {
            return completion(List.of(), Usage.of(choices, answersToPrompt, tokens));
        }

        private TextCompletion completion(List<Choice> choices, Usage usage) {
            return new TextCompletion(id, "text_completion", created, model, choices, usage);
        }
    }
}
