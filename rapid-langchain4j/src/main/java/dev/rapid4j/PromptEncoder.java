package dev.rapid4j;

import dev.rapid4j.checkpoint.Tokenizer;
import dev.rapid4j.prompt.ChatTemplate;
import dev.rapid4j.prompt.ChatTemplateException;
import dev.rapid4j.prompt.Turn;
import java.time.Clock;
import java.util.List;
import java.util.Map;

/** Conversations as tokens: the checkpoint's chat template, then its tokenizer. */
record PromptEncoder(ChatTemplate template, Map<String, Object> variables, Tokenizer tokenizer) {

    int[] encode(List<Turn> turns) {
        List<ChatTemplate.Message> messages = turns.stream()
                .map(turn -> new ChatTemplate.Message(turn.role(), turn.content()))
                .toList();
        int[] ids = tokenizer.encode(template.render(messages, true, variables, Clock.systemDefaultZone()));
        if (ids.length == 0) {
            throw new ChatTemplateException("The chat template makes an empty prompt of the conversation", null);
        }
        return ids;
    }
}
