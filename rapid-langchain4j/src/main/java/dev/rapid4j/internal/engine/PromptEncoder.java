package dev.rapid4j.internal.engine;

import static java.util.stream.Collectors.joining;

import dev.rapid4j.chattemplate.ChatTemplateException;
import dev.rapid4j.chattemplate.RenderedChat;
import dev.rapid4j.internal.prompt.ConversationPrompt;
import dev.rapid4j.internal.prompt.PromptOptions;
import dev.rapid4j.internal.prompt.PromptTemplate;
import dev.rapid4j.internal.text.Excerpt;
import dev.rapid4j.internal.text.Turn;
import dev.rapid4j.internal.tokenizer.PlacedTokens;
import dev.rapid4j.internal.tokenizer.TextSpan;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Conversations as tokens: the checkpoint's chat template, then its tokenizer.
 *
 * @param step called now and then while a text is tokenised, and may end that by an exception
 */
public record PromptEncoder(PromptTemplate template, PromptOptions options, Tokenizer tokenizer, Runnable step) {

    public PromptEncoder(PromptTemplate template, Tokenizer tokenizer) {
        this(template, PromptOptions.NONE, tokenizer, () -> {});
    }

    /** The same, but that something is called in between. */
    PromptEncoder with(Runnable step) {
        return new PromptEncoder(template, options, tokenizer, step);
    }

    /** The same for prompts that say more. */
    PromptEncoder with(PromptOptions options) {
        return new PromptEncoder(template, options, tokenizer, step);
    }

    public int[] encode(List<Turn> turns) {
        return prompt(turns).ids();
    }

    /** A prompt in which nobody looks for texts. */
    PlacedPrompt prompt(List<Turn> turns) {
        Rendered rendered = render(turns);
        PlacedTokens tokens = new PlacedTokens(tokenizer.encode(rendered.spans(), step));
        return new PlacedPrompt(notEmpty(tokens), Optional.empty(), rendered.opening());
    }

    /** What the target reads, and where in it each token and the long texts stand; takes a little longer. */
    PlacedPrompt encodeWithPlaces(ConversationPrompt conversation) {
        Rendered rendered = render(conversation.target());
        Optional<List<Integer>> textStarts = textStarts(conversation, joined(rendered.spans()));
        PlacedTokens tokens = notEmpty(tokenizer.encodeWithPlaces(rendered.spans(), step));
        return new PlacedPrompt(tokens, textStarts, rendered.opening());
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
                        Collections.nCopies(conversation.targetTexts().size(), mark)))
                .spans());
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

    /** @param opening what the template wrote last, for the answer */
    private record Rendered(List<TextSpan> spans, String opening) {}

    /** Apart, so that texts joined for the template are let go before what it made of them is tokenised. */
    private Rendered render(List<Turn> turns) {
        RenderedChat chat = template.render(turns, options);
        List<TextSpan> spans = chat.spans().stream()
                .map(span -> new TextSpan(span.text(), span.trusted()))
                .toList();
        return new Rendered(spans, PromptTemplate.opening(chat));
    }

    /** How many tokens a text has by itself. */
    int count(String text) {
        return tokenizer.count(text, step);
    }
}
