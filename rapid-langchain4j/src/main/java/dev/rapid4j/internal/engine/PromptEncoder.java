package dev.rapid4j.internal.engine;

import dev.rapid4j.chattemplate.ChatTemplate;
import dev.rapid4j.chattemplate.ChatTemplateException;
import dev.rapid4j.internal.text.Turn;
import dev.rapid4j.internal.tokenizer.TextSpan;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Conversations as tokens: the checkpoint's chat template, then its tokenizer.
 *
 * @param step called now and then while a text is tokenised, and may end that by an exception
 */
public record PromptEncoder(ChatTemplate template, Map<String, Object> variables, Tokenizer tokenizer, Runnable step) {

    public PromptEncoder(ChatTemplate template, Map<String, Object> variables, Tokenizer tokenizer) {
        this(template, variables, tokenizer, () -> {});
    }

    /** The same, but that something is called in between. */
    PromptEncoder with(Runnable step) {
        return new PromptEncoder(template, variables, tokenizer, step);
    }

    public int[] encode(List<Turn> turns) {
        int[] ids = tokenizer.encode(render(turns), step);
        if (ids.length == 0) {
            throw new ChatTemplateException("The chat template makes an empty prompt of the conversation", 0);
        }
        return ids;
    }

    /** Apart, so that texts joined for the template are let go before what it made of them is tokenised. */
    private List<TextSpan> render(List<Turn> turns) {
        List<Map<String, Object>> messages =
                turns.stream().map(PromptEncoder::message).toList();
        Map<String, Object> all = new LinkedHashMap<>(variables);
        all.put("add_generation_prompt", true);
        return template.render(messages, all).spans().stream()
                .map(span -> new TextSpan(span.text(), span.trusted()))
                .toList();
    }

    /** In the order of transformers' messages, as some templates print them whole. */
    private static Map<String, Object> message(Turn turn) {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("role", new ChatTemplate.Trusted(turn.role()));
        message.put("content", turn.content());
        return message;
    }

    /** How many tokens a text has by itself. */
    int count(String text) {
        return tokenizer.count(text, step);
    }
}
