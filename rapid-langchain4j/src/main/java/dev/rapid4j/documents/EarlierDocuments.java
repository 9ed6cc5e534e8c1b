package dev.rapid4j.documents;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.rapid4j.internal.prompt.MessageDocuments;
import dev.rapid4j.internal.text.Characters;
import java.util.ArrayList;
import java.util.List;

/** The documents in a conversation's earlier messages. */
record EarlierDocuments(List<Document> documents) {

    record Document(String id, long version, String text) {}

    static EarlierDocuments in(List<ChatMessage> messages) {
        List<Document> documents = new ArrayList<>();
        for (ChatMessage message : messages) {
            if (message instanceof UserMessage user) {
                MessageDocuments.of(user).ifPresent(located -> {
                    String text = ((TextContent) user.contents().get(located.content())).text();
                    for (MessageDocuments.Range range : located.documents().documents()) {
                        documents.add(
                                new Document(range.id(), range.version(), text.substring(range.start(), range.end())));
                    }
                });
            }
        }
        return new EarlierDocuments(documents);
    }

    /** Whether the document that segments come from is there, in their version, with all of them. */
    boolean hold(List<StoredSegment> segments) {
        return documents.stream()
                .anyMatch(document -> segments.stream()
                        .allMatch(segment -> segment.place()
                                        .documentId()
                                        .filter(id -> id.toString().equals(document.id()))
                                        .isPresent()
                                && segment.place().version() == document.version()
                                && document.text()
                                        .contains(Characters.wellFormed(
                                                segment.text().strip()))));
    }
}
