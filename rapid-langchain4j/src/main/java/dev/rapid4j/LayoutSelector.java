package dev.rapid4j;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.rapid4j.internal.text.Messages;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The rule of {@link LongTextSelector#byLayout(int)}. */
record LayoutSelector(int shortCharacters) implements LongTextSelector {

    private static final int LABEL_CHARACTERS = 80;
    // atomic: \R would otherwise split \r\n in two and see a blank line in it
    private static final Pattern BLANK_LINE = Pattern.compile("(?U)(?>\\R)\\h*(?>\\R)\\s*");
    private static final Pattern LINE_BREAK = Pattern.compile("(?U)(?>\\R)\\s*");
    private static final Pattern QUESTION_MARK = Pattern.compile("[?？؟]");

    @Override
    public LongTextChoice select(List<ChatMessage> messages) {
        int last = Messages.lastUserMessage(messages);
        List<LongText> texts = new ArrayList<>();
        for (int i = 0; i < last; i++) {
            if (messages.get(i) instanceof UserMessage) {
                texts.addAll(longTexts(messages, i));
            }
        }
        List<String> question = new ArrayList<>();
        selectFromLast(messages, last, texts, question);
        return new LongTextChoice(texts, String.join("\n\n", question));
    }

    private List<LongText> longTexts(List<ChatMessage> messages, int message) {
        List<Integer> contents = contentsWithText(messages, message);
        if (contents.size() == 1) {
            int content = contents.get(0);
            return cut(Messages.text(messages, message, content))
                    .map(cut -> List.of(cut.longText(message, content)))
                    .orElse(List.of());
        }
        return contents.stream()
                .filter(content -> !isShort(Messages.text(messages, message, content)))
                .map(content -> whole(messages, message, content))
                .toList();
    }

    private void selectFromLast(List<ChatMessage> messages, int message, List<LongText> texts, List<String> question) {
        List<Integer> contents = contentsWithText(messages, message);
        boolean allLong = contents.stream().noneMatch(content -> isShort(Messages.text(messages, message, content)));
        // a blank text beside long ones is a question left empty, not one to look for in the document
        boolean empty = allLong && contents.size() < Messages.contents(messages, message);
        for (int content : contents) {
            String text = Messages.text(messages, message, content);
            boolean holdsQuestion =
                    !empty && (contents.size() == 1 || allLong && content == contents.get(contents.size() - 1));
            Optional<Cut> cut = holdsQuestion ? cut(text).filter(c -> !c.question.isBlank()) : Optional.empty();
            if (cut.isPresent()) {
                texts.add(cut.get().longText(message, content));
                question.add(cut.get().question);
            } else if (holdsQuestion || isShort(text)) {
                question.add(text);
            } else {
                texts.add(whole(messages, message, content));
            }
        }
    }

    private static List<Integer> contentsWithText(List<ChatMessage> messages, int message) {
        List<Integer> contents = new ArrayList<>();
        for (int content = 0; content < Messages.contents(messages, message); content++) {
            if (!Messages.isBlank(Messages.text(messages, message, content))) {
                contents.add(content);
            }
        }
        return contents;
    }

    private static LongText whole(List<ChatMessage> messages, int message, int content) {
        Span all = Span.trimmed(Messages.text(messages, message, content), 0, Integer.MAX_VALUE);
        return new LongText(message, content, all.start, all.end);
    }

    private boolean isShort(String text) {
        return Span.trimmed(text, 0, text.length()).length() <= shortCharacters;
    }

    /** The long text in a text, and the question beside it, which may be empty. */
    private Optional<Cut> cut(String text) {
        if (isShort(text)) {
            return Optional.empty();
        }
        List<Span> paragraphs = paragraphs(text, BLANK_LINE);
        if (paragraphs.size() == 1) {
            paragraphs = paragraphs(text, LINE_BREAK);
        }
        int first = 0;
        int end = paragraphs.size();
        if (end > 0 && paragraphs.get(0).length() <= shortCharacters) {
            first++;
            while (first < end && paragraphs.get(first).isLabel(text)) {
                first++;
            }
        }
        while (end > first && paragraphs.get(end - 1).isLabel(text)) {
            end--;
        }
        boolean questionCameFirst = first > 0
                && end > first
                && paragraphs.get(0).asks(text)
                && !paragraphs.get(end - 1).asks(text);
        boolean closes = false;
        if (end > first && !questionCameFirst && paragraphs.get(end - 1).length() <= shortCharacters) {
            closes = true;
            end--;
            while (end > first && paragraphs.get(end - 1).isLabel(text)) {
                end--;
            }
        }
        if (end == first) {
            return Optional.empty();
        }
        Span body = new Span(paragraphs.get(first).start, paragraphs.get(end - 1).end);
        if (body.length() <= shortCharacters) {
            return Optional.empty();
        }
        String question = closes ? text.substring(body.end) : text.substring(0, body.start);
        return Optional.of(new Cut(body, question.strip()));
    }

    private static List<Span> paragraphs(String text, Pattern boundary) {
        Span all = Span.trimmed(text, 0, text.length());
        List<Span> paragraphs = new ArrayList<>();
        Matcher matcher = boundary.matcher(text).region(all.start, all.end);
        int start = all.start;
        while (matcher.find()) {
            paragraphs.add(Span.trimmed(text, start, matcher.start()));
            start = matcher.end();
        }
        paragraphs.add(new Span(start, all.end));
        paragraphs.removeIf(paragraph -> paragraph.length() == 0);
        return paragraphs;
    }

    private record Cut(Span body, String question) {

        LongText longText(int message, int content) {
            return new LongText(message, content, body.start, body.end);
        }
    }

    private record Span(int start, int end) {

        static Span trimmed(String text, int start, int end) {
            int last = Math.min(end, text.length());
            int first = start;
            while (first < last && Character.isWhitespace(text.charAt(first))) {
                first++;
            }
            while (last > first && Character.isWhitespace(text.charAt(last - 1))) {
                last--;
            }
            return new Span(first, last);
        }

        int length() {
            return end - start;
        }

        boolean isLabel(String text) {
            return length() <= LABEL_CHARACTERS && (text.charAt(end - 1) == ':' || text.charAt(end - 1) == '：');
        }

        boolean asks(String text) {
            return QUESTION_MARK.matcher(text).region(start, end).find();
        }
    }
}
