package dev.rapid4j.samples.webchat.chat;

import dev.rapid4j.samples.webchat.chat.AnswerEvent.Last;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Stopped;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Text;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** An answer, while it is written and afterwards. */
public final class Answer {

    private final String id;
    private final AnswerSettings settings;
    private final EventLog log = new EventLog();
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private Runnable cancellation = () -> {};
    private Instant lastHeard;

    Answer(String id, AnswerSettings settings, Instant now) {
        this.id = id;
        this.settings = settings;
        this.lastHeard = now;
    }

    public String id() {
        return id;
    }

    public AnswerSettings settings() {
        return settings;
    }

    /** @param at how long after the question */
    public record Logged(AnswerEvent event, Duration at) {}

    /** All events so far; the first has number 1. */
    public List<Logged> events() {
        return eventsAfter(0);
    }

    /** The events with a number above {@code number}. */
    public List<Logged> eventsAfter(int number) {
        return log.after(number);
    }

    public boolean ended() {
        return log.ended();
    }

    /** What has been written so far. */
    public String text() {
        return events().stream()
                .map(Logged::event)
                .filter(Text.class::isInstance)
                .flatMap(event -> ((Text) event).pieces().stream())
                .map(Text.Piece::text)
                .collect(Collectors.joining());
    }

    /** @param onNews called after each event by the thread that writes the answer; it must not block */
    public void addListener(Runnable onNews) {
        log.addListener(onNews);
    }

    public synchronized void removeListener(Runnable onNews, Instant now) {
        log.removeListener(onNews);
        lastHeard = now;
    }

    /** Whether it is still being written although nobody has listened since {@code then}. */
    synchronized boolean abandonedSince(Instant then) {
        return !ended() && !log.hasListeners() && lastHeard.isBefore(then);
    }

    /** Ends it here; the model stops within a round. Does nothing if it has ended. */
    public void stop() {
        log.append(new Stopped());
        takeCancellation().run();
        end.complete(null);
    }

    /** What cancels a request holds on to its prompt: it goes when the answer has ended. */
    private synchronized Runnable takeCancellation() {
        Runnable taken = cancellation;
        cancellation = () -> {};
        return taken;
    }

    /** @param cancellation what makes the model stop; run at once if the answer has ended by now */
    void onStop(Runnable cancellation) {
        synchronized (this) {
            this.cancellation = cancellation;
        }
        if (ended()) {
            takeCancellation().run();
        }
    }

    void append(AnswerEvent event) {
        log.append(event);
        if (event instanceof Last) {
            takeCancellation();
            end.complete(null);
        }
    }

    /** @param next called once, by the thread that ends it; it must not block */
    void whenEnded(Runnable next) {
        end.thenRun(next);
    }
}
