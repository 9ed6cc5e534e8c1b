package dev.rapid4j.internal.engine;

import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.onCompleteResponse;
import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.withLoggingExceptions;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.rapid4j.RapidPartialResponse;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings what happens on the engine's thread to a handler, in order, on a thread that lives as long as the answer. */
public final class StreamDelivery implements StreamingHandle {

    /** By the name that a user knows. */
    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidStreamingChatModel");

    private static final AtomicLong THREADS = new AtomicLong();

    private final StreamingChatResponseHandler handler;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private volatile Request<?> request;
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile boolean cancelled;
    private boolean started;

    /** What to call the handler with; the last one ends the thread. */
    private record Event(Runnable call, boolean last) {}

    public StreamDelivery(StreamingChatResponseHandler handler) {
        this.handler = handler;
    }

    /** @param request what is ended, unless all of its answer has been delivered, if nobody wants it any more */
    public void of(Request<?> request) {
        this.request = request;
    }

    public void text(RapidPartialResponse text) {
        add(new Event(() -> pass(text), false));
    }

    /** As LangChain4j's models do it: what a handler throws goes to its {@code onError}, and the answer goes on. */
    private void pass(RapidPartialResponse text) {
        try {
            handler.onPartialResponse(text, new PartialResponseContext(this));
        } catch (Exception e) {
            withLoggingExceptions(() -> handler.onError(e));
        }
    }

    public void end(ChatResponse response, RuntimeException failure) {
        Runnable call = failure == null
                ? () -> onCompleteResponse(handler, response)
                : () -> withLoggingExceptions(() -> handler.onError(failure));
        add(new Event(call, true));
    }

    private synchronized void add(Event event) {
        events.add(event);
        if (!started) {
            started = true;
            Thread thread = new Thread(this::deliver, "rapid-stream-" + THREADS.incrementAndGet());
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void deliver() {
        try {
            for (boolean last = false; !last && !cancelled; ) {
                Event event = events.take();
                last = event.last();
                if (last ? over.compareAndSet(false, true) : !cancelled) {
                    event.call().run();
                }
            }
        } catch (InterruptedException e) {
            // by the handler, on its own thread
            failed(e);
        } catch (Error e) {
            failed(e);
        }
    }

    private void failed(Throwable e) {
        LOG.warn("The handler of a streamed answer failed, the answer ends here", e);
        endRequest();
        withLoggingExceptions(() -> handler.onError(e));
    }

    @Override
    public void cancel() {
        if (endRequest()) {
            request.progress().onCancelled();
        }
    }

    /** @return whether there was something to end */
    private boolean endRequest() {
        cancelled = true;
        boolean first = over.compareAndSet(false, true);
        if (first) {
            request.result().cancel(false);
        }
        return first;
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }
}
