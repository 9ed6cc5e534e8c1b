package dev.rapid4j;

import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * A request on its way through the engine. It ends once: with a response, or a failure, which may come from outside
 * while it waits or runs; then the worker drops it within a round.
 */
final class Request {

    private final Function<Request, ChatResponse> work;
    private final CompletableFuture<ChatResponse> result = new CompletableFuture<>();

    /** @param work answers it, calling {@link #checkEnded()} now and then */
    Request(Function<Request, ChatResponse> work) {
        this.work = work;
    }

    CompletableFuture<ChatResponse> result() {
        return result;
    }

    void run() {
        if (result.isDone()) {
            return;
        }
        try {
            result.complete(work.apply(this));
        } catch (Throwable e) {
            fail(Failures.toLangChain4j(e));
        }
    }

    void fail(RuntimeException failure) {
        result.completeExceptionally(failure);
    }

    boolean ended() {
        return result.isDone();
    }

    void checkEnded() {
        if (ended()) {
            throw new CancellationException("Nobody waits for the answer any more");
        }
    }
}
