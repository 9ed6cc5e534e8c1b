package dev.rapid4j.spring;

import dev.langchain4j.model.chat.ChatRequestOptions;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The ends of a streamed request that LangChain4j's listeners are not told of: the stream is cancelled by its handle,
 * or the model refuses the request by an exception.
 */
final class StreamEnd {

    /** {@link StreamingChatModel#chat(ChatRequest, ChatRequestOptions, StreamingChatResponseHandler)}. */
    @FunctionalInterface
    interface Call {

        void chat(ChatRequest request, ChatRequestOptions options, StreamingChatResponseHandler handler);
    }

    private final CompletableFuture<Throwable> unanswered = new CompletableFuture<>();

    private StreamEnd() {}

    /** Makes a request, whose listeners find this among its attributes. */
    static void chat(
            Call model, ChatRequest request, ChatRequestOptions options, StreamingChatResponseHandler handler) {
        StreamEnd end = new StreamEnd();
        Map<Object, Object> attributes = new HashMap<>(options.listenerAttributes());
        attributes.put(StreamEnd.class, end);
        try {
            model.chat(
                    request,
                    ChatRequestOptions.builder().listenerAttributes(attributes).build(),
                    end.watch(handler));
        } catch (RuntimeException e) {
            end.unanswered.complete(e);
            throw e;
        }
    }

    static Optional<StreamEnd> of(Map<Object, Object> attributes) {
        return Optional.ofNullable((StreamEnd) attributes.get(StreamEnd.class));
    }

    /** @param action called by the thread that cancels or is refused, with what an answer was missing for */
    void whenUnanswered(Consumer<Throwable> action) {
        unanswered.thenAccept(action);
    }

    /** With the calls that a RAPID model makes. */
    private StreamingChatResponseHandler watch(StreamingChatResponseHandler handler) {
        return new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(PartialResponse text, PartialResponseContext context) {
                handler.onPartialResponse(text, new PartialResponseContext(watch(context.streamingHandle())));
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                handler.onCompleteResponse(response);
            }

            @Override
            public void onError(Throwable error) {
                handler.onError(error);
            }
        };
    }

    private StreamingHandle watch(StreamingHandle handle) {
        return new StreamingHandle() {
            @Override
            public void cancel() {
                handle.cancel();
                unanswered.complete(new CancellationException("The stream was cancelled"));
            }

            @Override
            public boolean isCancelled() {
                return handle.isCancelled();
            }
        };
    }
}
