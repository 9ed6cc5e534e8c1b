package dev.rapid4j.samples.webchat.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.exception.NonRetriableException;
import dev.rapid4j.samples.webchat.chat.ChatLimits;
import dev.rapid4j.samples.webchat.chat.Conversation;
import dev.rapid4j.samples.webchat.chat.Conversations;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;

class ReadMarksTest {

    private static final int TEMPLATE = 30;

    @Test
    void ofADocumentOnTheDiskTheLastBlockMayBeMissing() {
        assertThat(isRead(1000, 768)).isTrue();
        assertThat(isRead(1000, 512)).isFalse();
    }

    @Test
    void aDocumentThatWasHalfReadInMemoryIsNotMarked() {
        assertThat(isRead(1000, TEMPLATE + 1000)).isTrue();
        assertThat(isRead(1000, TEMPLATE + 900)).isFalse();
    }

    @Test
    void theBeginningOfEveryPromptIsNotTakenForAShortDocument() {
        assertThat(isRead(20, TEMPLATE)).isFalse();
    }

    @Test
    void whereTheEngineFailsNothingIsMarked() {
        assertThat(read(1000, messages -> {
                    throw new NonRetriableException("closed");
                }))
                .isEmpty();
    }

    private static boolean isRead(int tokens, int known) {
        return !read(tokens, messages -> known).isEmpty();
    }

    private static List<String> read(int tokens, ToIntFunction<List<ChatMessage>> known) {
        Conversations conversations = new Conversations(
                new ChatLimits(1, 1, tokens, 100, 1, Duration.ofHours(1), Duration.ofHours(1)), Clock.systemUTC());
        Conversation conversation = conversations.create();
        conversations.addDocument(conversation, "a document", "a text", tokens);
        return new ReadDocuments(known, new TokenCount(() -> null, tokens)).of(conversation);
    }
}
