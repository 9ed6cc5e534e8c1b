package dev.rapid4j.spring;

import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.spring.FollowedRequest.Progress;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;

/**
 * Follows each request of RAPID's models, and of no others, from its arrival to its one end. Whichever end comes first
 * counts: what a handler throws while an answer is streamed is reported as an error, and the answer may still follow.
 */
abstract class RequestListener implements ChatModelListener {

    /** A request that has not ended. */
    private record OpenRequest(RapidChatRequestParameters parameters, Consumer<RequestEnd> whenEnded) {}

    /**
     * Called by the thread that makes the request.
     *
     * @return called once, by any thread, when it has ended
     */
    abstract Consumer<RequestEnd> begin(RapidChatRequestParameters parameters);

    @Override
    public final void onRequest(ChatModelRequestContext context) {
        if (context.chatRequest().parameters() instanceof RapidChatRequestParameters parameters) {
            Map<Object, Object> attributes = context.attributes();
            attributes.put(this, new OpenRequest(parameters, begin(parameters)));
            if (attributes.get(Progress.class) instanceof Progress progress) {
                progress.whenCancelled(() -> end(attributes, null, new CancellationException()));
            }
        }
    }

    @Override
    public final void onResponse(ChatModelResponseContext context) {
        if (context.chatResponse().metadata() instanceof RapidChatResponseMetadata answer) {
            end(context.attributes(), answer, null);
        }
    }

    @Override
    public final void onError(ChatModelErrorContext context) {
        end(context.attributes(), null, context.error());
    }

    private void end(Map<Object, Object> attributes, RapidChatResponseMetadata answer, Throwable error) {
        if (attributes.remove(this) instanceof OpenRequest request) {
            Instant turn = attributes.get(Progress.class) instanceof Progress progress ? progress.turn() : null;
            request.whenEnded().accept(new RequestEnd(request.parameters(), turn, answer, error));
        }
    }
}
