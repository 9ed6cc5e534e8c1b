package dev.rapid4j.samples.webchat.web;

import dev.rapid4j.samples.webchat.chat.Answer;
import dev.rapid4j.samples.webchat.chat.Answer.Logged;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Last;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * An answer's events on their way to one listener, as often as eyes can follow; what happens between is sent together.
 * A thread is needed only while something is sent: who reads slowly keeps nobody waiting but itself.
 */
final class EventStream {

    private static final long PACE_MILLIS = 40;

    private final Answer answer;
    private final SseEmitter emitter;
    private final Executor now;
    private final Executor soon;
    private int sent;
    private boolean awake;
    private boolean news;
    private boolean beat;

    /**
     * @param after number of the last event that the listener has; within what there is, and the very last comes again
     */
    EventStream(Answer answer, int after, SseEmitter emitter, Executor executor) {
        this.answer = answer;
        this.sent = Math.min(Math.max(0, after), behindLast(answer.events()));
        this.emitter = emitter;
        this.now = executor;
        this.soon = CompletableFuture.delayedExecutor(PACE_MILLIS, TimeUnit.MILLISECONDS, executor);
    }

    private static int behindLast(List<Logged> events) {
        int count = events.size();
        return count > 0 && events.get(count - 1).event() instanceof Last ? count - 1 : count;
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
        if (!awake) {
            awake = true;
            now.execute(this::run);
        }
    }

    private synchronized boolean take() {
        awake = news || beat;
        news = false;
        return awake;
    }

    private synchronized boolean takeBeat() {
        boolean taken = beat;
        beat = false;
        return taken;
    }

    private void run() {
        try {
            if (take() && send()) {
                soon.execute(this::run);
            }
        } catch (IOException e) {
            // the listener has gone, which the container tells the emitter
        } catch (RuntimeException e) {
            emitter.completeWithError(e);
        }
    }

    /** @return whether more may follow */
    private boolean send() throws IOException {
        for (Logged logged : answer.eventsAfter(sent)) {
            sent++;
            emitter.send(SseEmitter.event()
                    .id(String.valueOf(sent))
                    .name(EventData.name(logged.event()))
                    .data(EventData.of(logged), MediaType.APPLICATION_JSON));
            if (logged.event() instanceof Last) {
                emitter.complete();
                return false;
            }
        }
        if (takeBeat()) {
            emitter.send(SseEmitter.event().comment(""));
        }
        return true;
    }
}
