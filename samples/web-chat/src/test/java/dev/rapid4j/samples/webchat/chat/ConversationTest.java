package dev.rapid4j.samples.webchat.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.Mode;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Stopped;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConversationTest {

    @Test
    void theTextOfARemovedDocumentIsNotKept() {
        Conversation conversation = new Conversation("conversation", Instant.EPOCH);
        Document kept = new Document("kept", "kept.txt", "text", 1);
        conversation.add(kept);
        conversation.add(new Document("removed", "removed.txt", "text", 1));
        Answer answer = new Answer("answer", new AnswerSettings(Mode.RAPID, 0, 1, 0, 1, null), Instant.EPOCH);
        conversation.open("question", List.of(answer), 1);
        answer.append(new Stopped());

        conversation.removeDocument("removed");

        assertThat(conversation.turns()).flatMap(Turn::documents).containsExactly(kept);
    }
}
