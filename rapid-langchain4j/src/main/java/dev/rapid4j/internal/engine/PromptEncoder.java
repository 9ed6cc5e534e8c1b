package dev.rapid4j.internal.engine;

import static java.util.stream.Collectors.joining;

import dev.rapid4j.chattemplate.ChatTemplate;
import dev.rapid4j.chattemplate.ChatTemplateException;
import dev.rapid4j.internal.prompt.ConversationPrompt;
import dev.rapid4j.internal.text.Excerpt;
import dev.rapid4j.internal.text.Turn;
import dev.rapid4j.internal.tokenizer.PlacedTokens;
import dev.rapid4j.internal.tokenizer.TextSpan;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

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
        return notEmpty(new PlacedTokens(tokenizer.encode(render(turns), step))).ids();
    }

    /** What the target reads, and where in it each token and the long texts stand; takes a little longer. */
    PlacedPrompt encodeWithPlaces(ConversationPrompt conversation) {
        List<TextSpan> spans = render(conversation.target());
        Optional<List<Integer>> textStarts = textStarts(conversation, joined(spans));
        return new PlacedPrompt(notEmpty(tokenizer.encodeWithPlaces(spans, step)), textStarts);
    }

    private static PlacedTokens notEmpty(PlacedTokens tokens) {
        if (tokens.ids().length == 0) {
            throw new ChatTemplateException("The chat template makes an empty prompt of the conversation", 0);
        }
        return tokens;
    }

    /**
     * Where long texts stand in what the template makes of a conversation. A short conversation tells, which has marks
     * in their places: to search for the texts themselves may take long, and could find them elsewhere.
     *
     * @param whole what the template makes of it with the texts
     * @return empty if the template has changed one of them
     */
    private Optional<List<Integer>> textStarts(ConversationPrompt conversation, String whole) {
        String mark = UUID.randomUUID().toString();
        String marked = joined(render(conversation.marked(
                Collections.nCopies(conversation.targetTexts().size(), mark))));
        List<Integer> starts = new ArrayList<>();
        int place = -1;
        int shift = 0;
        for (Excerpt text : conversation.targetTexts()) {
            place = marked.indexOf(mark, place + 1);
            Excerpt stripped = text.stripped();
            if (place < 0 || !whole.regionMatches(place + shift, text.text(), stripped.start(), stripped.length())) {
                return Optional.empty();
            }
            starts.add(place + shift - (stripped.start() - text.start()));
            shift += stripped.length() - mark.length();
        }
        return Optional.of(starts);
    }

    private static String joined(List<TextSpan> spans) {
        return spans.stream().map(TextSpan::text).collect(joining());
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
