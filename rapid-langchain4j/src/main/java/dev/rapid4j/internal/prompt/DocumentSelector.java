package dev.rapid4j.internal.prompt;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.rapid4j.LongText;
import dev.rapid4j.LongTextChoice;
import dev.rapid4j.LongTextSelector;
import dev.rapid4j.Passage;
import dev.rapid4j.internal.text.Messages;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** In messages that tell where documents stand in them, those are the long texts; in the others, what a rule says. */
record DocumentSelector(LongTextSelector others) implements LongTextSelector {

    @Override
    public LongTextChoice select(List<ChatMessage> messages) {
        LongTextChoice choice = others.select(messages);
        Map<Integer, MessageDocuments.Located> documents = new HashMap<>();
        for (int i = 0; i < messages.size(); i++) {
            if (messages.get(i) instanceof UserMessage user) {
                int message = i;
                MessageDocuments.of(user).ifPresent(located -> documents.put(message, located));
            }
        }
        if (documents.isEmpty()) {
            return choice;
        }
        List<LongText> texts = new ArrayList<>();
        List<Passage> passages = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            if (documents.containsKey(i)) {
                add(documents.get(i), messages, i, texts, passages);
            } else {
                add(choice, i, texts, passages);
            }
        }
        int last = Messages.lastUserMessage(messages);
        String question =
                documents.containsKey(last) ? question(documents.get(last), messages, last) : choice.question();
        return new LongTextChoice(texts, question, passages);
    }

    private static void add(
            MessageDocuments.Located located,
            List<ChatMessage> messages,
            int message,
            List<LongText> texts,
            List<Passage> passages) {
        String text = Messages.text(messages, message, located.content());
        for (MessageDocuments.Range range : located.documents().documents()) {
            for (MessageDocuments.Found found : range.passages()) {
                passages.add(new Passage(
                        text.substring(found.start(), found.end()),
                        texts.size(),
                        found.start() - range.start(),
                        found.end() - range.start(),
                        found.index(),
                        found.score()));
            }
            texts.add(new LongText(message, located.content(), range.start(), range.end()));
        }
    }

    private static void add(LongTextChoice choice, int message, List<LongText> texts, List<Passage> passages) {
        for (int i = 0; i < choice.texts().size(); i++) {
            if (choice.texts().get(i).message() == message) {
                int source = i;
                choice.passages().stream()
                        .filter(passage -> passage.source() == source)
                        .forEach(passage -> passages.add(passage.from(texts.size())));
                texts.add(choice.texts().get(i));
            }
        }
    }

    private static String question(MessageDocuments.Located located, List<ChatMessage> messages, int message) {
        List<String> question = new ArrayList<>();
        for (int content = 0; content < Messages.contents(messages, message); content++) {
            String text = Messages.text(messages, message, content);
            question.add(
                    content == located.content()
                            ? text.substring(located.documents().question())
                            : text);
        }
        return String.join("\n\n", question);
    }
}
