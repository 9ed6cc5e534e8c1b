package dev.rapid4j.samples.webchat.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.samples.webchat.chat.AnswerEvent.Prefill;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Started;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Stopped;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Text;
import org.junit.jupiter.api.Test;

class EventLogTest {

    private final EventLog log = new EventLog();

    @Test
    void whatNobodyHasReadMakesRoomForNewerEvents() {
        log.append(new Started());
        log.append(new Prefill(1, 10));
        log.append(new Prefill(2, 10));
        log.append(new Text("a", true));
        log.append(new Text("b", true));
        log.append(new Text("c", false));
        assertThat(log.after(0))
                .containsExactly(new Started(), new Prefill(2, 10), new Text("ab", true), new Text("c", false));
    }

    @Test
    void whatHasBeenReadStaysAsItIs() {
        log.append(new Prefill(1, 10));
        log.append(new Text("a", true));
        assertThat(log.after(0)).hasSize(2);
        log.append(new Prefill(2, 10));
        log.append(new Text("b", true));
        assertThat(log.after(2)).containsExactly(new Prefill(2, 10), new Text("b", true));
        assertThat(log.after(0)).hasSize(4);
        assertThat(log.after(99)).isEmpty();
    }

    @Test
    void nothingFollowsTheLastEvent() {
        log.append(new Stopped());
        log.append(new Text("late", true));
        assertThat(log.after(0)).containsExactly(new Stopped());
        assertThat(log.ended()).isTrue();
    }
}
