package dev.rapid4j.samples.webchat.web;

import dev.rapid4j.samples.webchat.chat.Answer;
import dev.rapid4j.samples.webchat.chat.Conversations;
import dev.rapid4j.samples.webchat.problem.Problem.Kind;
import dev.rapid4j.samples.webchat.problem.ProblemException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** All listeners there are. */
final class EventStreams implements AutoCloseable {

    private static final long NO_TIMEOUT = 0;

    private final Conversations conversations;
    private final int maxStreams;
    private final Set<EventStream> streams = ConcurrentHashMap.newKeySet();
    /** Bounded by the number of streams: each has at most one task. */
    private final ExecutorService executor = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "events");
        thread.setDaemon(true);
        return thread;
    });

    EventStreams(Conversations conversations, int maxStreams) {
        this.conversations = conversations;
        this.maxStreams = maxStreams;
    }

    /** @param after number of the last event that the listener has, 0 for none */
    SseEmitter open(Answer answer, int after) {
        if (streams.size() >= maxStreams) {
            throw new ProblemException(
                    Kind.TOO_MANY, "Too many listeners", "Close other windows of this page, or try again later.");
        }
        SseEmitter emitter = new SseEmitter(NO_TIMEOUT);
        EventStream stream = new EventStream(answer, after, emitter, executor);
        streams.add(stream);
        Conversations.Subscription subscription = conversations.listen(answer, stream::onNews);
        Runnable end = () -> {
            streams.remove(stream);
            subscription.end();
        };
        emitter.onCompletion(end);
        // all there is where the container cannot begin
        emitter.onError(failure -> end.run());
        stream.onNews();
        return emitter;
    }

    void heartbeat() {
        streams.forEach(EventStream::heartbeat);
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
