package dev.rapid4j.samples.webchat.web;

import dev.rapid4j.samples.webchat.chat.Answer;
import dev.rapid4j.samples.webchat.chat.AnswerEvent;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Last;
import java.io.IOException;
import java.util.concurrent.Executor;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * An answer's events on their way to one listener. A thread is needed only while something is sent: who reads slowly
 * keeps nobody waiting but itself.
 */
final class EventStream {

    private final Answer answer;
    private final SseEmitter emitter;
    private final Executor executor;
    private int sent;
    private boolean sending;
    private boolean news;
    private boolean beat;

    /** @param after number of the last event that the listener has */
    EventStream(Answer answer, int after, SseEmitter emitter, Executor executor) {
        this.answer = answer;
        this.sent = after;
        this.emitter = emitter;
        this.executor = executor;
    }

    synchronized void onNews() {
        news = true;
        wake();
    }

    /** Sends a comment, which fails if the listener has gone. */
    synchronized void heartbeat() {
        beat = true;
        wake();
    }

    private void wake() {
        if (!sending) {
            sending = true;
            executor.execute(this::send);
        }
    }

    private void send() {
        try {
            while (nextToSend()) {
                for (AnswerEvent event : answer.eventsAfter(sent)) {
                    sent++;
                    emitter.send(SseEmitter.event()
                            .id(String.valueOf(sent))
                            .name(EventData.name(event))
                            .data(EventData.data(event), MediaType.APPLICATION_JSON));
                    if (event instanceof Last) {
                        emitter.complete();
                        return;
                    }
                }
                if (takeBeat()) {
                    emitter.send(SseEmitter.event().comment(""));
                }
            }
        } catch (IOException | IllegalStateException e) {
            // the listener has gone, which the container tells the emitter
        }
    }

    private synchronized boolean nextToSend() {
        sending = news || beat;
        news = false;
        return sending;
    }

    private synchronized boolean takeBeat() {
        boolean taken = beat;
        beat = false;
        return taken;
    }
}
