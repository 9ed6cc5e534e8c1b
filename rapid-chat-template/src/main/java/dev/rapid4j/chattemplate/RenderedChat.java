package dev.rapid4j.chattemplate;

import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * A conversation as its chat template writes it.
 *
 * @param spans the text in pieces that differ from their neighbours in trust; none if the template writes nothing
 */
public record RenderedChat(List<Span> spans) {

    public RenderedChat {
        spans = List.copyOf(spans);
    }

    /** The whole text, joined anew by each call. */
    public String text() {
        return spans.stream().map(Span::text).collect(Collectors.joining());
    }

    /**
     * A piece of the text.
     *
     * @param text at least one character
     * @param trusted true for what the template itself, a special token or a {@link ChatTemplate.Trusted} value wrote:
     *     only there may a tokenizer look for control tokens. False for what came in with messages and variables,
     *     whatever the template did with it
     */
    public record Span(String text, boolean trusted) {
        public Span {
            Objects.requireNonNull(text, "text");
        }
    }
}
