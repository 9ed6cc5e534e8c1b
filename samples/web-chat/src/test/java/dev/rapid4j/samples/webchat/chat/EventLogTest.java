package dev.rapid4j.samples.webchat.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.samples.webchat.chat.Answer.Logged;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Prefill;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Started;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Stopped;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Text;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Text.Piece;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventLogTest {

    private final EventLog log = new EventLog();

    @Test
    void whatNobodyHasReadMakesRoomForNewerEvents() {
        log.append(new Started());
        log.append(new Prefill(1, 10));
        log.append(new Prefill(2, 10));
        log.append(text("a", true));
        log.append(text("b", true));
        log.append(text("c", false));
        assertThat(log.after(0))
                .extracting(Logged::event)
                .containsExactly(
                        new Started(),
                        new Prefill(2, 10),
                        new Text(List.of(new Piece("a", true), new Piece("b", true), new Piece("c", false))));
    }

    @Test
    void whatHasBeenReadStaysAsItIs() {
        log.append(new Prefill(1, 10));
        log.append(text("a", true));
        assertThat(log.after(0)).hasSize(2);
        log.append(new Prefill(2, 10));
        log.append(text("b", true));
        assertThat(log.after(2)).extracting(Logged::event).containsExactly(new Prefill(2, 10), text("b", true));
        assertThat(log.after(0)).hasSize(4);
        assertThat(log.after(99)).isEmpty();
    }

    @Test
    void nothingFollowsTheLastEvent() {
        log.append(new Stopped());
        log.append(text("late", true));
        assertThat(log.after(0)).extracting(Logged::event).containsExactly(new Stopped());
        assertThat(log.ended()).isTrue();
    }

    private static Text text(String text, boolean drafted) {
        return new Text(List.of(new Piece(text, drafted)));
    }
}
