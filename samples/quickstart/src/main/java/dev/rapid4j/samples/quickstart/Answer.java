package dev.rapid4j.samples.quickstart;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.service.TokenStream;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.RapidChatResponseMetadata;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * An answer and what it took.
 *
 * @param firstToken from the question to the first piece of the answer
 * @param total from the question to the end of the answer
 */
record Answer(boolean right, Duration firstToken, Duration total, GenerationStatistics statistics) {

    /** Asks, prints the pieces as they come, waits for the end, and prints whether it is right. */
    static Answer of(String question, TokenStream stream, Predicate<String> right) {
        System.out.printf("%n> %s%n", question);
        long start = System.nanoTime();
        CompletableFuture<Long> first = new CompletableFuture<>();
        CompletableFuture<ChatResponse> response = new CompletableFuture<>();
        stream.onPartialResponse(piece -> {
                    first.complete(System.nanoTime());
                    System.out.print(piece);
                    System.out.flush();
                })
                .onCompleteResponse(response::complete)
                .onError(response::completeExceptionally)
                .start();
        ChatResponse complete = response.join();
        long end = System.nanoTime();
        Answer answer = new Answer(
                right.test(complete.aiMessage().text()),
                Duration.ofNanos(first.getNow(end) - start),
                Duration.ofNanos(end - start),
                ((RapidChatResponseMetadata) complete.metadata()).statistics());
        System.out.printf("%n  [%s]%n", answer.verdict());
        return answer;
    }

    String verdict() {
        return right ? "right" : "wrong";
    }

    static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
