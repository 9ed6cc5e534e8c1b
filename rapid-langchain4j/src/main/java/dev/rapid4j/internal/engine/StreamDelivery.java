package dev.rapid4j.internal.engine;

import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.onCompleteResponse;
import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.onCompleteToolCall;
import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.onPartialThinking;
import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.onPartialToolCall;
import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.withLoggingExceptions;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.rapid4j.RapidPartialResponse;
import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.answer.AnswerListener;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings what happens on the engine's thread to a handler, in order, on a thread that lives as long as the answer. */
public final class StreamDelivery implements StreamingHandle, AnswerListener {

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

    @Override
    public void onText(String text, TokenSource source) {
        add(new Event(() -> pass(new RapidPartialResponse(text, source)), false));
    }

    /** As LangChain4j's models do it: what a handler throws goes to its {@code onError}, and the answer goes on. */
    private void pass(RapidPartialResponse text) {
        try {
            handler.onPartialResponse(text, new PartialResponseContext(this));
        } catch (Exception e) {
            withLoggingExceptions(() -> handler.onError(e));
        }
    }

    @Override
    public void onThinking(String text) {
        add(new Event(() -> onPartialThinking(handler, text, this), false));
    }

    @Override
    public void onPartialCall(int index, String id, String tool, String arguments) {
        PartialToolCall call = PartialToolCall.builder()
                .index(index)
                .id(id)
                .name(tool)
                .partialArguments(arguments)
                .build();
        add(new Event(() -> onPartialToolCall(handler, call, this), false));
    }

    @Override
    public void onCall(int index, ToolExecutionRequest call) {
        add(new Event(() -> onCompleteToolCall(handler, new CompleteToolCall(index, call)), false));
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
