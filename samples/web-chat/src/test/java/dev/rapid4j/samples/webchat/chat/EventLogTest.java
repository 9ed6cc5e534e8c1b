package dev.rapid4j.samples.webchat.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.TokenSource;
import dev.rapid4j.samples.webchat.chat.Answer.Logged;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Prefill;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Started;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Stopped;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Text;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Text.Piece;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Thinking;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventLogTest {

    private static final Piece A = new Piece("a", TokenSource.DRAFTER);
    private static final Piece B = new Piece("b", TokenSource.TARGET);

    private final EventLog log = new EventLog();

    private List<AnswerEvent> after(int number) {
        return log.after(number).stream().map(Logged::event).toList();
    }

    @Test
    void whatNobodyHasReadMakesRoomForNewerEvents() {
        log.append(new Started());
        log.append(new Prefill(1, 10));
        log.append(new Prefill(2, 10));
        log.append(new Text(List.of(A)));
        log.append(new Text(List.of(B)));
        assertThat(after(0)).containsExactly(new Started(), new Prefill(2, 10), new Text(List.of(A, B)));
    }

    @Test
    void thoughtsNobodyHasReadBecomeOne() {
        log.append(new Thinking("It "));
        log.append(new Thinking("may be."));
        log.append(new Text(List.of(A)));
        assertThat(after(0)).containsExactly(new Thinking("It may be."), new Text(List.of(A)));
    }

    @Test
    void whatHasBeenReadStaysAsItIs() {
        log.append(new Prefill(1, 10));
        log.append(new Text(List.of(A)));
        assertThat(after(0)).hasSize(2);
        log.append(new Prefill(2, 10));
        log.append(new Text(List.of(B)));
        assertThat(after(2)).containsExactly(new Prefill(2, 10), new Text(List.of(B)));
        assertThat(after(0)).hasSize(4);
        assertThat(after(99)).isEmpty();
    }

    @Test
    void nothingFollowsTheLastEvent() {
        log.append(new Stopped());
        log.append(new Text(List.of(A)));
        assertThat(after(0)).containsExactly(new Stopped());
        assertThat(log.ended()).isTrue();
    }
}
