package dev.rapid4j.internal.prompt;

import dev.langchain4j.exception.InvalidRequestException;
import dev.rapid4j.chattemplate.RenderedChat;
import dev.rapid4j.chattemplate.RenderedChat.Span;
import dev.rapid4j.internal.text.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A conversation that ends with the beginning of an answer. As transformers does, it is rendered with a mark behind
 * that text, and cut there.
 *
 * @param marked the turns, with the mark
 * @param mark what stands in no text, and ends with a space, by which it is seen whether the template trims texts
 */
record StartedAnswer(List<Turn> marked, String mark) {

    static StartedAnswer of(List<Turn> turns) {
        String mark = UUID.randomUUID() + " ";
        int last = turns.size() - 1;
        List<Turn> marked = new ArrayList<>(turns);
        marked.set(last, turns.get(last).withTexts(List.of(turns.get(last).content() + mark)));
        return new StartedAnswer(List.copyOf(marked), mark);
    }

    /** @throws InvalidRequestException if the text does not stand there */
    RenderedChat cut(RenderedChat chat) {
        String text = chat.text();
        int end = text.lastIndexOf(mark.strip());
        Turn last = marked.get(marked.size() - 1);
        String started = last.content().substring(0, last.content().length() - mark.length());
        if (end < 0 || !text.substring(0, end).contains(started.strip())) {
            throw new InvalidRequestException(
                    "The last message is an AI message, from which the answer would go on, but"
                            + " the model's chat template leaves it out; end with a user message");
        }
        if (!text.startsWith(mark, end)) {
            end = text.substring(0, end).stripTrailing().length();
        }
        List<Span> spans = new ArrayList<>();
        int place = 0;
        for (Span span : chat.spans()) {
            int length = Math.min(span.text().length(), end - place);
            if (length <= 0) {
                break;
            }
            spans.add(new Span(span.text().substring(0, length), span.trusted()));
            place += length;
        }
        return new RenderedChat(spans);
    }
}
