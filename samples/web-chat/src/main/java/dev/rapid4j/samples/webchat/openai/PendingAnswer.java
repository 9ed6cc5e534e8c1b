package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An answer that a model writes, for a thread that waits for it; closed, it is not written any further. */
final class PendingAnswer implements StreamingChatResponseHandler, AutoCloseable {

    /** What has happened. */
    sealed interface Event {

        record Text(String text) implements Event {}

        record Complete(ChatResponse response) implements Event {}

        record Failed(Throwable failure) implements Event {}
    }

    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private Optional<StreamingHandle> handle = Optional.empty();
    private boolean closed;

    private PendingAnswer() {}

    /** @throws RuntimeException if the model refuses the request */
    static PendingAnswer ask(StreamingChatModel model, ChatRequest request) {
        PendingAnswer answer = new PendingAnswer();
        model.chat(request, answer);
        return answer;
    }

    /** The next event, or none within the time. */
    Optional<Event> next(Duration time) throws InterruptedException {
        return Optional.ofNullable(events.poll(time.toNanos(), TimeUnit.NANOSECONDS));
    }

    @Override
    public void onPartialResponse(PartialResponse partialResponse, PartialResponseContext context) {
        started(context.streamingHandle());
        events.add(new Event.Text(partialResponse.text()));
    }

    @Override
    public void onCompleteResponse(ChatResponse completeResponse) {
        events.add(new Event.Complete(completeResponse));
    }

    @Override
    public void onError(Throwable error) {
        events.add(new Event.Failed(error));
    }

    private synchronized void started(StreamingHandle handle) {
        this.handle = Optional.of(handle);
        if (closed) {
            handle.cancel();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        handle.ifPresent(StreamingHandle::cancel);
    }
}
