package dev.rapid4j.spring;

import static dev.langchain4j.internal.Utils.getOrDefault;

import dev.langchain4j.model.chat.ChatRequestOptions;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.RapidChatRequestParameters;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A request whose {@link RequestListener}s hear what LangChain4j does not tell its listeners: when its turn comes, and
 * that a stream was cancelled by its handle.
 */
record FollowedRequest(ChatRequest request, ChatRequestOptions options) {

    /** What becomes of a request, among its listeners' attributes under this class. */
    static final class Progress implements ProgressListener {

        private final CompletableFuture<Void> cancelled = new CompletableFuture<>();
        private volatile Instant turn;

        @Override
        public void onQueued(int ahead) {
            if (ahead == 0) {
                turn = Instant.now();
            }
        }

        @Override
        public void onCancelled() {
            cancelled.complete(null);
        }

        /** When the engine began with it; null before. */
        Instant turn() {
            return turn;
        }

        /** @param action called by the thread that cancels */
        void whenCancelled(Runnable action) {
            cancelled.thenRun(action);
        }
    }

    /** @param options may be null, as for LangChain4j */
    static FollowedRequest of(ChatRequest request, ChatRequestOptions options) {
        Progress progress = new Progress();
        RapidChatRequestParameters parameters = RapidChatRequestParameters.builder()
                .overrideWith(request.parameters())
                .build();
        ProgressListener own = parameters.progressListener();
        Map<Object, Object> attributes =
                new HashMap<>(getOrDefault(options, ChatRequestOptions.EMPTY).listenerAttributes());
        attributes.put(Progress.class, progress);
        return new FollowedRequest(
                ChatRequest.builder()
                        .messages(request.messages())
                        .parameters(RapidChatRequestParameters.builder()
                                .overrideWith(parameters)
                                .progressListener(own == null ? progress : own.and(progress))
                                .build())
                        .build(),
                ChatRequestOptions.builder().listenerAttributes(attributes).build());
    }
}
