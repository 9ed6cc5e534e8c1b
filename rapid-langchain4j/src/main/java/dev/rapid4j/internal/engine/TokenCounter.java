package dev.rapid4j.internal.engine;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.TokenCountEstimator;
import dev.rapid4j.chattemplate.ChatTemplateException;
import dev.rapid4j.internal.text.Turn;
import dev.rapid4j.internal.tokenizer.UnreadableTextException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Counts as the engine does. */
public record TokenCounter(PromptEncoder encoder) implements TokenCountEstimator {

    @Override
    public int estimateTokenCountInText(String text) {
        try {
            return encoder.count(text);
        } catch (UnreadableTextException e) {
            throw LangChain4jExceptions.of(e);
        }
    }

    @Override
    public int estimateTokenCountInMessage(ChatMessage message) {
        return estimateTokenCountInMessages(List.of(message));
    }

    @Override
    public int estimateTokenCountInMessages(Iterable<ChatMessage> messages) {
        List<ChatMessage> all = new ArrayList<>();
        messages.forEach(all::add);
        if (all.isEmpty()) {
            return 0;
        }
        List<Turn> turns = Turn.of(all);
        try {
            return encoder.encode(turns).length;
        } catch (ChatTemplateException e) {
            // templates refuse conversations that begin with an answer, as a chat memory may ask about
            return turns.stream()
                    .flatMap(TokenCounter::texts)
                    .mapToInt(this::estimateTokenCountInText)
                    .sum();
        }
    }

    private static Stream<String> texts(Turn turn) {
        return Stream.concat(
                        Stream.of(turn.content()),
                        turn.calls().stream().flatMap(call -> Stream.of(call.name(), call.arguments())))
                .filter(Objects::nonNull);
    }
}
