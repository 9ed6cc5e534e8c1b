package dev.rapid4j;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Remembers what it was called with, and by which threads. */
class Recorder implements StreamingChatResponseHandler {

    final List<String> texts = Collections.synchronizedList(new ArrayList<>());
    final List<Throwable> errors = Collections.synchronizedList(new ArrayList<>());
    final Set<Thread> threads = Collections.synchronizedSet(new HashSet<>());
    final CompletableFuture<ChatResponse> complete = new CompletableFuture<>();
    final CompletableFuture<Throwable> error = new CompletableFuture<>();

    @Override
    public void onPartialResponse(String partialResponse) {
        texts.add(partialResponse);
        threads.add(Thread.currentThread());
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
        threads.add(Thread.currentThread());
        complete.complete(response);
    }

    @Override
    public void onError(Throwable failure) {
        threads.add(Thread.currentThread());
        errors.add(failure);
        error.complete(failure);
    }

    ChatResponse response() throws Exception {
        return complete.get(60, SECONDS);
    }

    Throwable failure() throws Exception {
        return error.get(60, SECONDS);
    }
}
