package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.RapidChatRequestParameters;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An answer, for the thread that waits for it; once closed, it is not written any further. */
final class PendingAnswer implements AutoCloseable {

    /** What has happened. */
    sealed interface Event {

        record Text(String text) implements Event {}

        record Complete(ChatResponse response) implements Event {}

        record Failed(Throwable failure) implements Event {}
    }

    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private volatile Optional<StreamingHandle> handle = Optional.empty();
    private volatile boolean accepted;

    private PendingAnswer() {}

    static PendingAnswer ask(StreamingChatModel model, ChatRequest request) {
        PendingAnswer answer = new PendingAnswer();
        RapidChatRequestParameters parameters = RapidChatRequestParameters.builder()
                .overrideWith(request.parameters())
                .progressListener(answer.new Progress())
                .build();
        model.chat(
                ChatRequest.builder()
                        .messages(request.messages())
                        .parameters(parameters)
                        .build(),
                answer.new Handler());
        return answer;
    }

    /** The next event, or none within the time. */
    Optional<Event> next(Duration time) throws InterruptedException {
        return Optional.ofNullable(events.poll(time.toNanos(), TimeUnit.NANOSECONDS));
    }

    /** Whether the request has proved to be one that can be answered: a prompt is being read. */
    boolean accepted() {
        return accepted;
    }

    @Override
    public void close() {
        handle.ifPresent(StreamingHandle::cancel);
    }

    private final class Progress implements ProgressListener {

        @Override
        public void onRequested(StreamingHandle given) {
            handle = Optional.of(given);
        }

        @Override
        public void onPrefill(int read, int total) {
            accepted = true;
        }
    }

    private final class Handler implements StreamingChatResponseHandler {

        @Override
        public void onPartialResponse(String text) {
            events.add(new Event.Text(text));
        }

        @Override
        public void onCompleteResponse(ChatResponse response) {
            events.add(new Event.Complete(response));
        }

        @Override
        public void onError(Throwable failure) {
            events.add(new Event.Failed(failure));
        }
    }
}
