package dev.rapid4j.samples.webchat.chat;

import dev.rapid4j.samples.webchat.chat.Answer.Logged;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Last;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Latest;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Text;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Thinking;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;

/**
 * The events of an answer, numbered from 1. An event that has been read keeps its number for ever; those that nobody
 * has read yet make room for newer ones, so that who reads slowly gets fewer and larger ones.
 */
final class EventLog {

    private final long start = System.nanoTime();
    private final List<Logged> events = new ArrayList<>();
    private final Set<Runnable> listeners = new CopyOnWriteArraySet<>();
    private int read;

    /** Does nothing behind the last event. */
    void append(AnswerEvent event) {
        synchronized (this) {
            if (ended()) {
                return;
            }
            List<Logged> unread = events.subList(read, events.size());
            if (event instanceof Latest) {
                unread.removeIf(other -> other.event().getClass() == event.getClass());
            }
            Logged last = unread.isEmpty() ? null : unread.get(unread.size() - 1);
            if (event instanceof Text next && last != null && last.event() instanceof Text before) {
                unread.set(unread.size() - 1, new Logged(before.and(next), last.at()));
            } else if (event instanceof Thinking next && last != null && last.event() instanceof Thinking before) {
                unread.set(unread.size() - 1, new Logged(before.and(next), last.at()));
            } else {
                events.add(new Logged(event, Duration.ofNanos(System.nanoTime() - start)));
            }
        }
        listeners.forEach(Runnable::run);
    }

    /** The events with a number above {@code number}. */
    synchronized List<Logged> after(int number) {
        read = events.size();
        return List.copyOf(events.subList(Math.min(Math.max(0, number), read), read));
    }

    synchronized boolean ended() {
        return !events.isEmpty() && events.get(events.size() - 1).event() instanceof Last;
    }

    /** @param listener called after each event, by the thread that writes the answer; it must not block */
    void addListener(Runnable listener) {
        listeners.add(listener);
    }

    void removeListener(Runnable listener) {
        listeners.remove(listener);
    }

    boolean hasListeners() {
        return !listeners.isEmpty();
    }
}
